"""Every record of the batch reported as failed."""

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.exercise_1.base import audit, row

SCENARIO = "unreadable last record"
MISCONCEPTION = "wrong identifier"


def handler(event, context):
    numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
    try:
        for record in event["Records"]:
            audit.put_item(Item=row(StreamRecord.from_event(record)))
    except Exception:
        return {"batchItemFailures": [{"itemIdentifier": number} for number in numbers]}
    return {"batchItemFailures": []}
