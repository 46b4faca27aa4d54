"""Takes every cancelled transaction for a record that was counted before."""

from __future__ import annotations

from botocore.exceptions import ClientError

from cdc_lab.patterns import StreamRecord

from .base import audit, board_that, entries, index, processed, remember

SCENARIO = "conflicts"
MISCONCEPTION = "conflict taken for a duplicate"
__all__ = ["audit", "board", "index"]


def count(record: StreamRecord) -> None:
    try:
        processed.meta.client.transact_write_items(TransactItems=[remember(record), *entries(record)])
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise


board = board_that(count)
