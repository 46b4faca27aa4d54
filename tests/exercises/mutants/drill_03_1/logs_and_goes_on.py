"""A catch-all that logs."""

from tests.exercises.mutants.drill_03_1.base import count

SCENARIO = "the last is bad"
MISCONCEPTION = "failure swallowed"


def handler(event, context):
    for raw in event["Records"]:
        try:
            count(raw)
        except Exception as error:
            print("could not process", raw["eventID"], error)
