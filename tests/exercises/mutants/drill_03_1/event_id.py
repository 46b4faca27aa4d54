"""As given: eventIDs, and on with the rest."""

from tests.exercises.mutants.drill_03_1.base import count, failed

SCENARIO = "the last is bad"
MISCONCEPTION = "event id as identifier"


def handler(event, context):
    failures = []
    for raw in event["Records"]:
        try:
            count(raw)
        except Exception as error:
            print(repr(error))
            failures.append(raw["eventID"])
    return failed(*failures)
