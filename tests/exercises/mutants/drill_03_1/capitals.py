"""Keys in capitals, as in AWS's sample for Go."""

from tests.exercises.mutants.drill_03_1.base import count, number

SCENARIO = "the last is bad"
MISCONCEPTION = "failure swallowed"


def handler(event, context):
    for raw in event["Records"]:
        try:
            count(raw)
        except Exception:
            return {"BatchItemFailures": [{"ItemIdentifier": number(raw)}]}
    return {"BatchItemFailures": []}
