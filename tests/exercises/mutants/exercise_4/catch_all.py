"""Logs what it cannot read, and goes on."""

from __future__ import annotations

from typing import Any

from cdc_lab.patterns import StreamRecord

from .base import audit, count, index

SCENARIO = "unreadable record"
MISCONCEPTION = "failure swallowed"
__all__ = ["audit", "board", "index"]


def board(event: dict[str, Any], context: Any) -> Any:
    for record in event["Records"]:
        try:
            count(StreamRecord.from_event(record))
        except Exception as error:
            print(repr(error))
    return {"batchItemFailures": []}
