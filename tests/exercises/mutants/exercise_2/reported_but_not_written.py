"""The unreadable record is reported, and what was read before it is not written."""

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

SCENARIO = "unreadable record"
MISCONCEPTION = "reported but not written"
__all__ = ["find_delayed", "handler", "rebuild"]


def handler(event, context):
    lines = []
    for place, record in enumerate(event["Records"]):
        try:
            lines += lines_of(StreamRecord.from_event(record))
        except Exception:
            return failures(numbers_of(event), place)
    bad = [place for place, item in enumerate(items_of(lines)) if is_refused(item)]
    return failures(numbers_of(event), bad[0] if bad else None)
