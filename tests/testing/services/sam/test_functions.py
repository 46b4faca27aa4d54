from pathlib import Path

from cdc_lab.testing import run_handler, under_faults

HERE = Path(__file__).parent
PLACED = [{"order_id": f"o{n}"} for n in range(6)]


def rows(lab, faults, handler="app.handler"):
    made = lab.create_table("rows", "id", stream_view_type=None)
    source = lab.create_table("source", "order_id")
    shared = {"layers": [HERE / "layers/common"], "environment": {"TABLE": "rows"}}
    lab.attach("app.handler", source, name="bills", code_uri=HERE / "services/bills", **shared)
    run_handler(
        lab, handler, source, PLACED, faults=faults, code_uri=HERE / "services/orders", BatchSize=2, **shared
    )
    return {item["id"] for item in made.scan()["Items"]}


EXPECTED = {f"{name}-o{n}" for name in ("orders", "bills") for n in range(6)}


@under_faults
def test_right(lab, faults):
    assert rows(lab, faults) == EXPECTED


@under_faults
def test_wrong(lab, faults):
    assert rows(lab, faults, "app.losing") == EXPECTED
