"""An unreadable record fails the whole batch."""

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

SCENARIO = "unreadable last record"
MISCONCEPTION = "exception fails the batch"
__all__ = ["find_delayed", "handler", "rebuild"]


def handler(event, context):
    records = [StreamRecord.from_event(record) for record in event["Records"]]
    lines = [line for record in records for line in lines_of(record)]
    bad = [place for place, item in enumerate(items_of(lines)) if is_refused(item)]
    return failures(numbers_of(event), bad[0] if bad else None)
