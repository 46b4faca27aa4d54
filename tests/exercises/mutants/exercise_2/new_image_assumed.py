"""NewImage read of every record, also of a REMOVE."""

from tests.exercises.mutants.exercise_2.base import StreamRecord, find_delayed, items_of, lines_of, rebuild

SCENARIO = "removals"
MISCONCEPTION = "both images assumed"
__all__ = ["find_delayed", "handler", "rebuild"]


def handler(event, context):
    lines = []
    for record in event["Records"]:
        assert record["dynamodb"]["NewImage"]
        lines += lines_of(StreamRecord.from_event(record))
    items_of(lines)
