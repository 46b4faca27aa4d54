"""What was refused is sent again until it is taken: some documents never are."""

from tests.exercises.mutants.exercise_2.base import (
    StreamRecord,
    find_delayed,
    is_refused,
    items_of,
    lines_of,
    rebuild,
)

SCENARIO = "unfit document"
MISCONCEPTION = "repeated for ever"
__all__ = ["find_delayed", "handler", "rebuild"]


def handler(event, context):
    lines = [lines_of(StreamRecord.from_event(record)) for record in event["Records"]]
    while lines:
        told = items_of([line for pair in lines for line in pair])
        lines = [pair for pair, item in zip(lines, told, strict=True) if is_refused(item)]
