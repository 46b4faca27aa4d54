"""The number of rows so far as sort key."""

from boto3.dynamodb.conditions import Key

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "duplicates"
MISCONCEPTION = "row per delivery"


def write(record):
    flight = record.keys["flight_id"]
    rows = audit.query(KeyConditionExpression=Key("flight_id").eq(flight), ConsistentRead=True)["Count"]
    audit.put_item(Item=row(record) | {"sequence": f"{rows + 1:010d}"})


handler = handler_that(write)
