"""NewImage read from each record."""

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.exercise_1.base import audit, row

SCENARIO = "removals"
MISCONCEPTION = "both images assumed"


def handler(event, context):
    for record in event["Records"]:
        record["dynamodb"]["NewImage"]  # for the log line
        audit.put_item(Item=row(StreamRecord.from_event(record)))
    return {"batchItemFailures": []}
