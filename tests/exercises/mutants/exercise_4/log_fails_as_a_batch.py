"""A log whose batch fails with one record."""

from __future__ import annotations

from typing import Any

from cdc_lab.patterns import write_audit

from .base import audit_table, board, index

SCENARIO = "unreadable row"
MISCONCEPTION = "exception fails the batch"
__all__ = ["audit", "board", "index"]


def audit(event: dict[str, Any], context: Any) -> Any:
    for record in event["Records"]:
        write_audit(record, audit_table)
    return {"batchItemFailures": []}
