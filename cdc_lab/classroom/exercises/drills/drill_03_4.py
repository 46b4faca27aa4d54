"""Spot the bug: an event recognized by what it says, instead of by its id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import boto3

from cdc_lab.classroom.cases import Case
from cdc_lab.classroom.exercises.drills.delivering import Handler
from cdc_lab.classroom.exercises.drills.spotting import Spot, State
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.patterns import StreamRecord, process_with_idempotency


def prepare(lab: Any) -> Callable[[], State]:
    """Make the tables of counts and of what was processed."""
    counts = lab.create_table("counts", "flight_id", stream_view_type=None)
    lab.create_table("processed", "event_id", stream_view_type=None)
    return lambda: {f"changes of {row['flight_id']}": int(row["changes"]) for row in counts.scan()["Items"]}


def right() -> Handler:
    """A handler that recognizes a record by its event id."""
    processed = boto3.resource("dynamodb").Table("processed")

    def handler(event: Any, context: Any) -> None:
        for record in map(StreamRecord.from_event, event["Records"]):
            count = {
                "TableName": "counts",
                "Key": record.keys,
                "UpdateExpression": "ADD changes :one",
                "ExpressionAttributeValues": {":one": 1},
            }
            process_with_idempotency(record, processed, [{"Update": count}])

    return handler


def truth(case: Case, records: Sequence[StreamRecord]) -> State:
    """Count the records."""
    counted = Counter(record.keys["flight_id"] for record in records)
    return {f"changes of {flight}": count for flight, count in counted.items()}


def explain(case: Case, records: Sequence[StreamRecord]) -> MisconceptionId:
    """No two records say the same: in what they differ."""
    if len(records) < len(case.writes):
        return "no change, no record"
    moments = Counter((record.keys["flight_id"], record.created_at) for record in records)
    if moments and max(moments.values()) > 1:
        return "another event name"
    seconds = Counter(record.created_at for record in records)
    return "another flight" if seconds and max(seconds.values()) > 1 else "another second"


EXERCISE = Spot("drill_03_4", right, prepare, truth, explain, options={"MaximumRetryAttempts": 2}).drill()
