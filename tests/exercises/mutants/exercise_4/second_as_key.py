"""The second of the change as the key of its row."""

from __future__ import annotations

from .base import audit_table, audit_that, board, index, log_row

SCENARIO = "log"
MISCONCEPTION = "key by the second"
__all__ = ["audit", "board", "index"]

audit = audit_that(lambda record: audit_table.put_item(Item=log_row(record, record.created_at.isoformat())))
