"""The number noted inside the try, after what may fail: the record before is reported."""

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.exercise_1.base import audit, row

SCENARIO = "unreadable last record"
MISCONCEPTION = "wrong identifier"


def handler(event, context):
    number = ""
    for record in event["Records"]:
        try:
            audit.put_item(Item=row(StreamRecord.from_event(record)))
            number = record["dynamodb"]["SequenceNumber"]
        except Exception:
            return {"batchItemFailures": [{"itemIdentifier": number}]}
    return {"batchItemFailures": []}
