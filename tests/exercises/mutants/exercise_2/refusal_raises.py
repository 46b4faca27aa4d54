"""An exception for one refused document fails the whole batch, and Lambda gives all of it up."""

from tests.exercises.mutants.exercise_2.base import (
    StreamRecord,
    find_delayed,
    is_refused,
    items_of,
    lines_of,
    rebuild,
)

SCENARIO = "unfit document"
MISCONCEPTION = "exception fails the batch"
__all__ = ["find_delayed", "handler", "rebuild"]


def handler(event, context):
    lines = [line for record in event["Records"] for line in lines_of(StreamRecord.from_event(record))]
    bad = [item for item in items_of(lines) if is_refused(item)]
    if bad:
        raise ValueError(f"{len(bad)} documents refused")
