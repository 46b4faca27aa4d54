"""Remembers batches."""

from __future__ import annotations

from typing import Any

from cdc_lab.patterns import StreamRecord

from .base import add, audit, entries, index, processed

SCENARIO = "other borders"
MISCONCEPTION = "batch as key"
__all__ = ["audit", "board", "index"]


def board(event: dict[str, Any], context: Any) -> Any:
    records = [StreamRecord.from_event(record) for record in event["Records"]]
    key = "#".join(record.event_id for record in records)
    if "Item" not in processed.get_item(Key={"event_id": key}, ConsistentRead=True):
        for record in records:
            add(entries(record))
        processed.put_item(Item={"event_id": key})
