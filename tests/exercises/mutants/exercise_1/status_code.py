"""An error answered with a status code, which is a success."""

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.exercise_1.base import audit, row

SCENARIO = "unreadable record"
MISCONCEPTION = "failure swallowed"


def handler(event, context):
    try:
        for record in event["Records"]:
            audit.put_item(Item=row(StreamRecord.from_event(record)))
    except Exception as error:
        return {"statusCode": 500, "body": str(error)}
    return {"statusCode": 200}
