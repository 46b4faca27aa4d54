"""Sequence numbers as they are, in the order of text."""

from __future__ import annotations

from .base import audit_table, audit_that, board, index, log_row

SCENARIO = "long log"
MISCONCEPTION = "sequence numbers as strings"
__all__ = ["audit", "board", "index"]

audit = audit_that(lambda record: audit_table.put_item(Item=log_row(record, record.sequence_number)))
