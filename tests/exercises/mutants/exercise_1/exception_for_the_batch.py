"""No answer to Lambda but an exception."""

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.exercise_1.base import audit, row

SCENARIO = "unreadable last record"
MISCONCEPTION = "exception fails the batch"


def handler(event, context):
    for record in event["Records"]:
        audit.put_item(Item=row(StreamRecord.from_event(record)))
