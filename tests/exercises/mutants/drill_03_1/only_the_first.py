"""Only the batch's first record."""

from tests.exercises.mutants.drill_03_1.base import count, failed, number

SCENARIO = "good records"
MISCONCEPTION = "not counted"


def handler(event, context):
    raw = event["Records"][0]
    try:
        count(raw)
    except Exception:
        return failed(number(raw))
