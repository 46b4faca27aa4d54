"""What the wrong solutions get right: each of them replaces one piece."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3

from cdc_lab.patterns import Change, StreamRecord, process_batch

audit = boto3.resource("dynamodb").Table("audit")
Handler = Callable[[dict[str, Any], Any], Any]


def sides(change: Change) -> dict[str, Any]:
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def changes(record: StreamRecord) -> dict[str, Any]:
    return {name: sides(change) for name, change in record.changes().items()}


def row(record: StreamRecord) -> dict[str, Any]:
    return {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": changes(record),
    }


def handler_that(write: Callable[[StreamRecord], Any]) -> Handler:
    def handler(event: dict[str, Any], context: Any) -> Any:
        return process_batch(event, write)

    return handler
