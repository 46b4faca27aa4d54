"""The batch's first number and the place in it as key."""

from cdc_lab.patterns import process_batch
from tests.exercises.mutants.exercise_1.base import audit, row

SCENARIO = "other borders"
MISCONCEPTION = "batch as key"


def handler(event, context):
    first = event["Records"][0]["dynamodb"]["SequenceNumber"].zfill(40)
    places = iter(range(len(event["Records"])))
    return process_batch(
        event, lambda record: audit.put_item(Item=row(record) | {"sequence": f"{first}#{next(places):05d}"})
    )
