from app import counting, handler

from cdc_lab.testing import run_handler, under_faults

PLACED = [{"order_id": f"o{n}"} for n in range(4)]


def prepared(lab):
    lab.create_table("done", "id", stream_view_type=None)
    lab.client("ssm").put_parameter(Name="/prefix", Value="the ", Type="String")
    return lab.create_table("totals", "id", stream_view_type=None), lab.create_table("orders", "order_id")


@under_faults(tries=20)
def test_right(lab, faults):
    totals, orders = prepared(lab)
    responses = ["ReportBatchItemFailures"]
    run_handler(lab, handler, orders, PLACED, faults=faults, FunctionResponseTypes=responses)
    assert {item["id"] for item in totals.scan()["Items"]} == {f"the o{n}" for n in range(4)}


@under_faults
def test_wrong(lab, faults):
    totals, orders = prepared(lab)
    run_handler(lab, counting, orders, PLACED, faults=faults)
    assert totals.get_item(Key={"id": "all"})["Item"]["n"] == 4
