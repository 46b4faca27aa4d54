"""Sequence numbers, and on with the rest."""

from tests.exercises.mutants.drill_03_1.base import count, failed, number

SCENARIO = "one is bad"
MISCONCEPTION = "going on after a failure"


def handler(event, context):
    failures = []
    for raw in event["Records"]:
        try:
            count(raw)
        except Exception:
            failures.append(number(raw))
    return failed(*failures)
