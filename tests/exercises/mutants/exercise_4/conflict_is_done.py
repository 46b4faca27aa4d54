"""Reads the reasons, and takes a conflict for another delivery of the same record that is just counted."""

from __future__ import annotations

from typing import Any

from cdc_lab.patterns import StreamRecord

from .base import audit, board_that, entries, index, processed, remember

SCENARIO = "conflicts"
MISCONCEPTION = "conflict taken for a duplicate"
__all__ = ["audit", "board", "index"]

client: Any = processed.meta.client
DONE = {"None", "ConditionalCheckFailed", "TransactionConflict"}


def count(record: StreamRecord) -> None:
    try:
        client.transact_write_items(TransactItems=[remember(record), *entries(record)])
    except client.exceptions.TransactionCanceledException as error:
        reasons = {reason["Code"] for reason in error.response["CancellationReasons"]}
        if not reasons <= DONE:
            raise


board = board_that(count)
