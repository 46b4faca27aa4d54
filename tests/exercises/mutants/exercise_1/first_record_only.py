"""One record to an event."""

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.exercise_1.base import audit, row

SCENARIO = "plain day"
MISCONCEPTION = "first record only"


def handler(event, context):
    audit.put_item(Item=row(StreamRecord.from_event(event["Records"][0])))
