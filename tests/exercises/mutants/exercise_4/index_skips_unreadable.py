"""Indexes what it can read."""

from __future__ import annotations

from typing import Any

from cdc_lab.patterns import StreamRecord

from .base import audit, board
from .base import index as right_index

SCENARIO = "unreadable flight"
MISCONCEPTION = "failure swallowed"
__all__ = ["audit", "board", "index"]


def is_readable(record: dict[str, Any]) -> bool:
    try:
        StreamRecord.from_event(record)
    except ValueError:
        return False
    return True


def index(event: dict[str, Any], context: Any) -> Any:
    kept = [record for record in event["Records"] if is_readable(record)]
    return right_index({"Records": kept}, context)
