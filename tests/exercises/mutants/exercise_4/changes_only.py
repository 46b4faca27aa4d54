"""Logs changes of rows that were there before."""

from __future__ import annotations

from cdc_lab.patterns import StreamRecord, write_audit

from .base import audit_table, audit_that, board, index

SCENARIO = "log"
MISCONCEPTION = "inserts ignored"
__all__ = ["audit", "board", "index"]


def write(record: StreamRecord) -> None:
    if record.event_name == "MODIFY":
        write_audit(record, audit_table)


audit = audit_that(write)
