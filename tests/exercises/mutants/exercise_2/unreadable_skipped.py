"""An unreadable record is left out, and the batch counts as done."""

from tests.exercises.mutants.exercise_2.base import StreamRecord, find_delayed, rebuild
from tests.exercises.mutants.exercise_2.base import handler as right

SCENARIO = "unreadable record"
MISCONCEPTION = "failure swallowed"
__all__ = ["find_delayed", "handler", "rebuild"]


def handler(event, context):
    readable = []
    for record in event["Records"]:
        try:
            StreamRecord.from_event(record)
        except Exception as error:
            print(repr(error))
        else:
            readable.append(record)
    return right({"Records": readable}, context)
