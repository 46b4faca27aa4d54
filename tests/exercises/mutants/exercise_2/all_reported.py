"""Every record of the batch reported when one is refused."""

from tests.exercises.mutants.exercise_2.base import (
    StreamRecord,
    find_delayed,
    is_refused,
    items_of,
    lines_of,
    numbers_of,
    rebuild,
)

SCENARIO = "unfit document"
MISCONCEPTION = "wrong identifier"
__all__ = ["find_delayed", "handler", "rebuild"]


def handler(event, context):
    lines = [line for record in event["Records"] for line in lines_of(StreamRecord.from_event(record))]
    if any(is_refused(item) for item in items_of(lines)):
        return {"batchItemFailures": [{"itemIdentifier": number} for number in numbers_of(event)]}
    return {"batchItemFailures": []}
