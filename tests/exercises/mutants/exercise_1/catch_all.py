"""A catch-all that logs and goes on."""

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.exercise_1.base import audit, row

SCENARIO = "unreadable record"
MISCONCEPTION = "failure swallowed"


def handler(event, context):
    for record in event["Records"]:
        try:
            audit.put_item(Item=row(StreamRecord.from_event(record)))
        except Exception as error:
            print("skipped", error)
