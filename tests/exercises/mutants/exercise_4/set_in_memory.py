"""Remembers in a set beside the handler."""

from __future__ import annotations

from cdc_lab.patterns import StreamRecord

from .base import add, audit, board_that, entries, index

SCENARIO = "cold start"
MISCONCEPTION = "memory of the instance"
__all__ = ["audit", "board", "index"]

seen: set[str] = set()


def count(record: StreamRecord) -> None:
    if record.event_id not in seen:
        add(entries(record))
        seen.add(record.event_id)


board = board_that(count)
