"""Spot the bug: a copy of the table that merges the new image into the old item."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import boto3

from cdc_lab.classroom.cases import Case
from cdc_lab.classroom.exercises.drills.delivering import Handler
from cdc_lab.classroom.exercises.drills.spotting import Spot, State
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.patterns import StreamRecord


def prepare(lab: Any) -> Callable[[], State]:
    """Make the table of copies."""
    copies = lab.create_table("copies", "flight_id", stream_view_type=None)
    return lambda: {f"copy of {row['flight_id']}": row for row in copies.scan()["Items"]}


def right() -> Handler:
    """A handler that replaces the whole item."""
    copies = boto3.resource("dynamodb").Table("copies")

    def handler(event: Any, context: Any) -> None:
        for record in map(StreamRecord.from_event, event["Records"]):
            if record.new_image is None:
                copies.delete_item(Key=record.keys)
            else:
                copies.put_item(Item=record.new_image)

    return handler


def truth(case: Case, records: Sequence[StreamRecord]) -> State:
    """The items as the table holds them."""
    items: dict[str, Any] = {}
    for record in sorted(records, key=lambda record: record.sequence):
        items[record.keys["flight_id"]] = record.new_image
    return {f"copy of {flight}": item for flight, item in items.items() if item is not None}


def explain(case: Case, records: Sequence[StreamRecord]) -> MisconceptionId:
    """Nothing went: what was thought to harm the copy."""
    if any(record.event_name == "REMOVE" for record in records):
        return "a delete is handled"
    if len(records) < len(case.writes):
        return "no change, no record"
    if all(record.event_name == "INSERT" for record in records):
        return "nothing to merge into"
    return "changed, not removed"


EXERCISE = Spot("drill_02_1", right, prepare, truth, explain).drill()
