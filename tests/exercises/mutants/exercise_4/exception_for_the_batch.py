"""Lets the error of one record fail the batch."""

from __future__ import annotations

from typing import Any

from cdc_lab.patterns import StreamRecord

from .base import audit, count, index

SCENARIO = "unreadable record"
MISCONCEPTION = "exception fails the batch"
__all__ = ["audit", "board", "index"]


def board(event: dict[str, Any], context: Any) -> Any:
    for record in event["Records"]:
        count(StreamRecord.from_event(record))
