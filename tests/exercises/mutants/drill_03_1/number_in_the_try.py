"""The number read after the work, as in AWS's sample."""

from tests.exercises.mutants.drill_03_1.base import count, failed, number

SCENARIO = "the last is bad"
MISCONCEPTION = "wrong identifier"


def handler(event, context):
    last = ""
    for raw in event["Records"]:
        try:
            count(raw)
            last = number(raw)
        except Exception:
            return failed(last)
    return failed()
