from cdc_lab.testing import run_handler, under_faults


def counted(lab, faults, name):
    totals = lab.create_table("totals", "id", stream_view_type=None)
    orders = lab.create_table("orders", "order_id")
    placed = [{"order_id": f"o{n}"} for n in range(8)]
    run_handler(lab, f"shop.handlers.on_order.{name}", orders, placed, faults=faults, BatchSize=3)
    return totals.get_item(Key={"id": "all"})["Item"]["n"]


@under_faults
def test_right(lab, faults):
    assert counted(lab, faults, "count_once") == 8


@under_faults
def test_wrong(lab, faults):
    assert counted(lab, faults, "count_from_memory") == 8
