"""A call to the engine for each record."""

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

SCENARIO = "large batch"
MISCONCEPTION = "a call for each record"
__all__ = ["find_delayed", "handler", "rebuild"]


def handler(event, context):
    for place, record in enumerate(event["Records"]):
        try:
            items = items_of(lines_of(StreamRecord.from_event(record)))
        except Exception:
            return failures(numbers_of(event), place)
        if is_refused(items[0]):
            return failures(numbers_of(event), place)
    return failures([], None)
