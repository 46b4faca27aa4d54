"""A conflict taken for a failure, seen when the environment dies between writing and answering."""

from tests.exercises.mutants.exercise_2.base import (
    StreamRecord,
    failures,
    find_delayed,
    items_of,
    lines_of,
    numbers_of,
    rebuild,
)

SCENARIO = "crash"
MISCONCEPTION = "conflict taken for a failure"
__all__ = ["find_delayed", "handler", "rebuild"]


def handler(event, context):
    numbers = numbers_of(event)
    lines = [line for record in event["Records"] for line in lines_of(StreamRecord.from_event(record))]
    bad = [place for place, item in enumerate(items_of(lines)) if item["status"] >= 400]
    return failures(numbers, bad[0] if bad else None)
