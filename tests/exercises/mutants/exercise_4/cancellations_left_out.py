"""Counts what leaves, and forgets what does not."""

from __future__ import annotations

from cdc_lab.patterns import Aggregate, StreamRecord, process_with_idempotency, update_entries

from .base import BOARD as right_BOARD
from .base import audit, board_table, board_that, index, processed, table_of, when

SCENARIO = "plain"
MISCONCEPTION = "wrong count"
__all__ = ["audit", "board", "index"]

BOARD = {**right_BOARD, "departures": Aggregate("origin", {"flights": 1, "departed": when("departed")})}


def count(record: StreamRecord) -> None:
    deltas = BOARD[table_of(record)].deltas(record)
    process_with_idempotency(record, processed, update_entries(deltas, board_table, "origin"))


board = board_that(count)
