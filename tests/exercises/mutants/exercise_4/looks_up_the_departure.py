"""Counts an arrival by the departure that it looks up."""

from __future__ import annotations

from cdc_lab.patterns import StreamRecord

from .base import audit, board_that, index, table_of, tables
from .base import count as right_count

SCENARIO = "arrivals first"
MISCONCEPTION = "order between tables"
__all__ = ["audit", "board", "index"]

departures = tables.Table("departures")


def count(record: StreamRecord) -> None:
    if table_of(record) == "arrivals":
        found = departures.get_item(Key=record.keys, ConsistentRead=True).get("Item")
        if found is None or found["status"] != "departed":
            return
    right_count(record)


board = board_that(count)
