"""Marks the record, then adds."""

from __future__ import annotations

from botocore.exceptions import ClientError

from cdc_lab.patterns import StreamRecord

from .base import add, audit, board_that, entries, index, processed

SCENARIO = "crash"
MISCONCEPTION = "mark before effect"
__all__ = ["audit", "board", "index"]


def count(record: StreamRecord) -> None:
    try:
        processed.put_item(
            Item={"event_id": record.event_id}, ConditionExpression="attribute_not_exists(event_id)"
        )
    except ClientError:
        return
    add(entries(record))


board = board_that(count)
