"""Sends a transaction that met another one again at once, and drops the record when that fails, too."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from cdc_lab.patterns import StreamRecord

from .base import audit, board_that, entries, index, processed, remember

SCENARIO = "conflicts"
MISCONCEPTION = "conflict taken for a duplicate"
__all__ = ["audit", "board", "index"]

client: Any = processed.meta.client


def count(record: StreamRecord) -> None:
    for _ in range(2):
        with suppress(client.exceptions.TransactionCanceledException):
            client.transact_write_items(TransactItems=[remember(record), *entries(record)])
            return


board = board_that(count)
