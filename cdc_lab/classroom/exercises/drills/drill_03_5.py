"""Spot the bug: marks that are written when the batch is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import boto3

from cdc_lab.classroom.cases import Case
from cdc_lab.classroom.exercises.drills.delivering import Handler
from cdc_lab.classroom.exercises.drills.spotting import Spot, State
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.patterns import StreamRecord, process_batch, process_with_idempotency


def prepare(lab: Any) -> Callable[[], State]:
    """Make the tables of counts and of what was processed."""
    board = lab.create_table("board", "origin", stream_view_type=None)
    lab.create_table("processed", "event_id", stream_view_type=None)
    return lambda: {f"flights from {row['origin']}": int(row["flights"]) for row in board.scan()["Items"]}


def right() -> Handler:
    """A handler whose mark and effect are one transaction."""
    processed = boto3.resource("dynamodb").Table("processed")

    def count(record: StreamRecord) -> None:
        if record.event_name == "INSERT":
            update = {
                "TableName": "board",
                "Key": {"origin": (record.new_image or {})["origin"]},
                "UpdateExpression": "ADD flights :one",
                "ExpressionAttributeValues": {":one": 1},
            }
            process_with_idempotency(record, processed, [{"Update": update}])

    return lambda event, context: process_batch(event, count)


def truth(case: Case, records: Sequence[StreamRecord]) -> State:
    """Count what was inserted."""
    inserted = [record.new_image or {} for record in records if record.event_name == "INSERT"]
    counted = Counter(image["origin"] for image in inserted if "origin" in image)
    return {f"flights from {origin}": count for origin, count in counted.items()}


def explain(case: Case, records: Sequence[StreamRecord]) -> MisconceptionId:
    """What the faults did, and why it does no harm."""
    faults = case.faults
    if faults.crash_after:
        return "died where it does no harm"
    if faults.duplicates or faults.lost_acks:
        return "a second delivery is recognized"
    if faults.slow:
        return "slow where it does no harm"
    return "never begun" if faults.throttles else "nothing goes wrong"


EXERCISE = Spot(
    "drill_03_5",
    right,
    prepare,
    truth,
    explain,
    takes_faults=True,
    options={"MaximumRetryAttempts": 3, "FunctionResponseTypes": ["ReportBatchItemFailures"]},
).drill()
