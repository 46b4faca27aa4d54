"""No error handling: the batch fails."""

from tests.exercises.mutants.drill_03_1.base import count

SCENARIO = "the last is bad"
MISCONCEPTION = "exception fails the batch"


def handler(event, context):
    for raw in event["Records"]:
        count(raw)
