"""A log row that does not say which event it is of."""

from __future__ import annotations

from cdc_lab.patterns import StreamRecord

from .base import audit_table, audit_that, board, index, log_row

SCENARIO = "log"
MISCONCEPTION = "no event id"
__all__ = ["audit", "board", "index"]


def write(record: StreamRecord) -> None:
    row = log_row(record, record.sequence_number.zfill(40))
    audit_table.put_item(Item={name: value for name, value in row.items() if name != "event_id"})


audit = audit_that(write)
