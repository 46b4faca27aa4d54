"""Looks at what comes, not at what goes."""

from __future__ import annotations

from cdc_lab.patterns import StreamRecord

from .base import audit, board_that, index
from .base import count as right_count

SCENARIO = "removals"
MISCONCEPTION = "removes ignored"
__all__ = ["audit", "board", "index"]


def count(record: StreamRecord) -> None:
    if record.event_name != "REMOVE":
        right_count(record)


board = board_that(count)
