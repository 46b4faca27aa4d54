"""Its own key: the flight and its version, for either table."""

from __future__ import annotations

from botocore.exceptions import ClientError

from cdc_lab.patterns import StreamRecord

from .base import audit, board_that, entries, index, processed

SCENARIO = "plain"
MISCONCEPTION = "key without its table"
__all__ = ["audit", "board", "index"]


def count(record: StreamRecord) -> None:
    image = record.new_image or {**(record.old_image or {}), "version": "gone"}
    key = f"{record.keys['flight_id']}#{image['version']}"
    row = {
        "Put": {
            "TableName": "processed",
            "Item": {"event_id": key},
            "ConditionExpression": "attribute_not_exists(event_id)",
        }
    }
    try:
        processed.meta.client.transact_write_items(TransactItems=[row, *entries(record)])
    except ClientError as error:
        if "ConditionalCheckFailed" not in str(error):
            raise


board = board_that(count)
