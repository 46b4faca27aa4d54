"""Spot the bug: a function that looks the item up, instead of reading the image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import boto3

from cdc_lab.classroom.cases import Case
from cdc_lab.classroom.exercises.drills.delivering import Handler
from cdc_lab.classroom.exercises.drills.spotting import Spot, State
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.patterns import StreamRecord

WINDOW = 30  # seconds, MaximumBatchingWindowInSeconds


def prepare(lab: Any) -> Callable[[], State]:
    """Make the table of announcements."""
    said = lab.create_table("said", "flight_id", stream_view_type=None)
    return lambda: {f"announced for {row['flight_id']}": row["statuses"] for row in said.scan()["Items"]}


def right() -> Handler:
    """A handler that announces what the record says."""
    said = boto3.resource("dynamodb").Table("said")

    def handler(event: Any, context: Any) -> None:
        for record in map(StreamRecord.from_event, event["Records"]):
            if record.new_image is not None:
                said.update_item(
                    Key=record.keys,
                    UpdateExpression="SET statuses = list_append(if_not_exists(statuses, :none), :one)",
                    ExpressionAttributeValues={":one": [record.new_image["status"]], ":none": []},
                )

    return handler


def truth(case: Case, records: Sequence[StreamRecord]) -> State:
    """Every status, in order."""
    statuses: dict[str, list[Any]] = {}
    for record in records:
        if record.new_image is not None and "status" in record.new_image:  # no handler here could say others
            statuses.setdefault(record.keys["flight_id"], []).append(record.new_image["status"])
    return {f"announced for {flight}": found for flight, found in statuses.items()}


def explain(case: Case, records: Sequence[StreamRecord]) -> MisconceptionId:
    """Every look came in time."""
    if len(records) < 2:
        return "one change, one look"
    if _has_two_within_the_window(records):
        return "the same status still"
    if any(write.after < WINDOW for write in case.writes[1:]):
        return "not the same flight"
    return "looked before it changed again"


def _has_two_within_the_window(records: Sequence[StreamRecord]) -> bool:
    pairs = ((a, b) for a, b in combinations(records, 2) if a.keys == b.keys)
    return any((b.created_at - a.created_at).total_seconds() < WINDOW for a, b in pairs)


EXERCISE = Spot(
    "drill_02_5",
    right,
    prepare,
    truth,
    explain,
    options={
        "view_type": "NEW_IMAGE",
        "is_live": True,
        "MaximumBatchingWindowInSeconds": WINDOW,
        "MaximumRetryAttempts": 2,
    },
).drill()
