"""A status code for an answer."""

from tests.exercises.mutants.drill_03_1.base import count

SCENARIO = "the last is bad"
MISCONCEPTION = "failure swallowed"


def handler(event, context):
    try:
        for raw in event["Records"]:
            count(raw)
    except Exception as error:
        return {"statusCode": 500, "body": str(error)}
    return {"statusCode": 200, "body": "ok"}
