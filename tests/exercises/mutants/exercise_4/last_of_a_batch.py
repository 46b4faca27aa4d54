"""Logs where a batch left each row, not what happened on the way."""

from __future__ import annotations

from typing import Any

from cdc_lab.patterns import StreamRecord, write_audit

from .base import audit_table, board, index

SCENARIO = "long log"
MISCONCEPTION = "lost"
__all__ = ["audit", "board", "index"]


def audit(event: dict[str, Any], context: Any) -> Any:
    records = [StreamRecord.from_event(record) for record in event["Records"]]
    first = [record for record in records if record.event_name == "INSERT"]
    last = {record.keys["origin"]: record for record in records}
    for record in [*first, *last.values()]:
        write_audit(record, audit_table)
