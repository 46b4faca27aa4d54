"""A short history of writes, and its records in a form in which two services can be compared."""

from __future__ import annotations

from typing import Any

from cdc_lab.patterns import StreamRecord

VIEW_TYPES = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
RECORDS = 6
"""How many the history leaves."""


def write_history(table: Any) -> None:
    """Writes of every kind: an insert, a change, two that change nothing, an upsert, deletes."""
    table.put_item(Item={"id": "A", "n": 1, "tags": {"x", "y"}, "raw": b"\x00\xff"})  # INSERT
    table.put_item(Item={"id": "A", "n": 2, "deep": {"list": [1, None, True]}})  # MODIFY
    table.put_item(Item={"id": "A", "n": 2, "deep": {"list": [1, None, True]}})  # nothing (A23)
    add = {"UpdateExpression": "ADD n :n", "ExpressionAttributeValues": {":n": 0}}
    table.update_item(Key={"id": "A"}, **add)  # nothing (A23)
    set_n = {"UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": 12}}
    table.update_item(Key={"id": "B"}, **set_n)  # INSERT (A25)
    table.delete_item(Key={"id": "C"})  # nothing (A33)
    table.delete_item(Key={"id": "A"})  # REMOVE
    table.update_item(Key={"id": "A"}, **set_n)  # INSERT
    table.delete_item(Key={"id": "B"})  # REMOVE


def comparable(records: list[StreamRecord]) -> dict[str, list[dict[str, Any]]]:
    """What two services must agree on, by item: order between items is not promised (A36)."""
    found: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        found.setdefault(record.keys["id"], []).append(
            {
                "event": record.event_name,
                "new": record.new_image,
                "old": record.old_image,
                "view": record.view_type,
                "bytes": record.size_bytes,
            }
        )
    return found
