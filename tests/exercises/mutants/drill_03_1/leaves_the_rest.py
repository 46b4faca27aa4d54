"""Stops at the failure, and reports nothing."""

from tests.exercises.mutants.drill_03_1.base import count, failed

SCENARIO = "the last is bad"
MISCONCEPTION = "failure swallowed"


def handler(event, context):
    for raw in event["Records"]:
        try:
            count(raw)
        except Exception:
            break
    return failed()
