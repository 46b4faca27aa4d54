"""Takes every removed flight off the board."""

from __future__ import annotations

from dataclasses import replace

from cdc_lab.patterns import StreamRecord, process_with_idempotency, update_entries

from .base import BOARD as right_BOARD
from .base import audit, board_table, board_that, index, processed, table_of

SCENARIO = "removals"
MISCONCEPTION = "expiry taken for a user"
__all__ = ["audit", "board", "index"]

BOARD = {name: replace(it, ttl_deletes="subtract") for name, it in right_BOARD.items()}


def count(record: StreamRecord) -> None:
    deltas = BOARD[table_of(record)].deltas(record)
    process_with_idempotency(record, processed, update_entries(deltas, board_table, "origin"))


board = board_that(count)
