"""Names the row of the board where the event belongs."""

from __future__ import annotations

from cdc_lab.patterns import StreamRecord

from .base import audit_table, audit_that, board, index, log_row

SCENARIO = "log"
MISCONCEPTION = "rows without an event"
__all__ = ["audit", "board", "index"]


def write(record: StreamRecord) -> None:
    row = log_row(record, record.sequence_number.zfill(40))
    audit_table.put_item(Item={**row, "event_id": f"{row['item']}#{record.created_at:%H:%M:%S}"})


audit = audit_that(write)
