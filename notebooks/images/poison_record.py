"""Draw the README's figure: one record that always fails, and the shard that waits for it.

Run from the checkout: ``python notebooks/images/poison_record.py``.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from cdc_lab import Lab, plots
from cdc_lab.classroom.datasets import load_day

TITLE = "One record always fails: its shard waits, the other goes on"


def handler(event: dict[str, Any], context: object) -> None:
    """Fail on one flight, as a handler does that has never seen a certain value."""
    for record in event["Records"]:
        if record["dynamodb"]["Keys"]["flight_id"]["S"] == "UA1545":
            raise ValueError("no gate")


def draw() -> plots.Drawn:
    """One hour of the storm day through that handler."""
    day = load_day("2013-03-08")
    with Lab(seed=7, shards=2, start=day.start) as lab:
        flights = lab.create_table("flights", partition_key="flight_id")
        lab.attach(handler, flights, name="board", BatchSize=10)
        day.replay(lab, flights, until=day.start + timedelta(minutes=62))
        return plots.event_flow(lab.trace, title=TITLE)


if __name__ == "__main__":
    drawn = draw()
    drawn.save(Path(__file__).with_suffix(".png"))
    print(drawn.reading)
