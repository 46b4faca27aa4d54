"""The eventID as itemIdentifier."""

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.exercise_1.base import audit, row

SCENARIO = "unreadable last record"
MISCONCEPTION = "event id as identifier"


def handler(event, context):
    for record in event["Records"]:
        try:
            audit.put_item(Item=row(StreamRecord.from_event(record)))
        except Exception:
            return {"batchItemFailures": [{"itemIdentifier": record["eventID"]}]}
    return {"batchItemFailures": []}
