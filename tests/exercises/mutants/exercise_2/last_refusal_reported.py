"""Only the last refused record reported: those before it are past Lambda's checkpoint."""

from tests.exercises.mutants.exercise_2.base import (
    StreamRecord,
    failures,
    find_delayed,
    is_refused,
    items_of,
    lines_of,
    numbers_of,
    rebuild,
)

SCENARIO = "busy engine"
MISCONCEPTION = "not the lowest reported"
__all__ = ["find_delayed", "handler", "rebuild"]


def handler(event, context):
    numbers, failed = numbers_of(event), None
    lines = [line for record in event["Records"] for line in lines_of(StreamRecord.from_event(record))]
    for place, item in enumerate(items_of(lines)):
        if is_refused(item):
            failed = place
    return failures(numbers, failed)
