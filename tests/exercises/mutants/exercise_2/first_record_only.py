"""One record to an event."""

from tests.exercises.mutants.exercise_2.base import StreamRecord, find_delayed, items_of, lines_of, rebuild

SCENARIO = "plain day"
MISCONCEPTION = "first record only"
__all__ = ["find_delayed", "handler", "rebuild"]


def handler(event, context):
    items_of(lines_of(StreamRecord.from_event(event["Records"][0])))
