import unittest

from app import by_order, counting

from cdc_lab.testing import run_handler, under_faults

PLACED = [{"order_id": f"o{n}"} for n in range(4)]


class Counting(unittest.TestCase):
    @under_faults
    def test_right(self, lab, faults):
        self.run_over(lab, faults, by_order)
        self.assertEqual(lab.resource("dynamodb").Table("totals").scan()["Count"], 4)

    @under_faults
    def test_wrong(self, lab, faults):
        self.run_over(lab, faults, counting)
        self.assertEqual(lab.resource("dynamodb").Table("totals").scan()["Items"][0]["n"], 4)

    def run_over(self, lab, faults, handler):
        lab.create_table("totals", "id", stream_view_type=None)
        run_handler(lab, handler, lab.create_table("orders", "order_id"), PLACED, faults=faults)
