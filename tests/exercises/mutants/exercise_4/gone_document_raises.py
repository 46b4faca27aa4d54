"""Removes documents, and takes it ill when one is gone."""

from __future__ import annotations

from typing import Any

from cdc_lab.patterns import StreamRecord, as_document

from .base import audit, board, search

SCENARIO = "index crash"
MISCONCEPTION = "nothing to remove"
__all__ = ["audit", "board", "index"]


def index(event: dict[str, Any], context: Any) -> Any:
    for record in map(StreamRecord.from_event, event["Records"]):
        flight = record.keys["flight_id"]
        if record.new_image is None:
            search.delete(index="departures", id=flight)
        else:
            search.index(index="departures", id=flight, body=as_document(record.new_image))
    return {"batchItemFailures": []}
