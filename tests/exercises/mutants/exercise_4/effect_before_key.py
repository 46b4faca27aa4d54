"""Adds, then marks the record."""

from __future__ import annotations

from cdc_lab.patterns import StreamRecord

from .base import add, audit, board_that, entries, index, processed

SCENARIO = "crash"
MISCONCEPTION = "effect before key"
__all__ = ["audit", "board", "index"]


def count(record: StreamRecord) -> None:
    if "Item" in processed.get_item(Key={"event_id": record.event_id}, ConsistentRead=True):
        return
    add(entries(record))
    processed.put_item(Item={"event_id": record.event_id})


board = board_that(count)
