"""The eventID in itemIdentifier."""

from tests.exercises.mutants.exercise_2.base import (
    StreamRecord,
    find_delayed,
    is_refused,
    items_of,
    lines_of,
    rebuild,
)

SCENARIO = "unfit document"
MISCONCEPTION = "event id as identifier"
__all__ = ["find_delayed", "handler", "rebuild"]


def handler(event, context):
    lines = [line for record in event["Records"] for line in lines_of(StreamRecord.from_event(record))]
    bad = [place for place, item in enumerate(items_of(lines)) if is_refused(item)]
    return {"batchItemFailures": [{"itemIdentifier": event["Records"][place]["eventID"]} for place in bad]}
