import pytest
from app import by_order, counting

from cdc_lab.testing import run_handler, under_faults

PLACED = [{"order_id": f"o{n}"} for n in range(4)]


@pytest.fixture
def totals(lab):
    return lab.create_table("totals", "id", stream_view_type=None)


@pytest.fixture
def orders(lab):
    return lab.create_table("orders", "order_id")


@under_faults
def test_right(lab, faults, orders, totals):
    run_handler(lab, by_order, orders, PLACED, faults=faults, BatchSize=3)
    assert totals.scan()["Count"] == 4


@under_faults
def test_wrong(lab, faults, orders, totals):
    run_handler(lab, counting, orders, PLACED, faults=faults, BatchSize=3)
    assert totals.get_item(Key={"id": "all"})["Item"]["n"] == 4
