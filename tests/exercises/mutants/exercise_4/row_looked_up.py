"""Logs the row as it is when the function looks."""

from __future__ import annotations

from cdc_lab.patterns import StreamRecord

from .base import audit_table, audit_that, board, board_table, index, log_row

SCENARIO = "log"
MISCONCEPTION = "another row than the record's"
__all__ = ["audit", "board", "index"]


def write(record: StreamRecord) -> None:
    now = board_table.get_item(Key=record.keys, ConsistentRead=True).get("Item")
    row = log_row(record, record.sequence_number.zfill(40))
    audit_table.put_item(Item={**row, "after": now})


audit = audit_that(write)
