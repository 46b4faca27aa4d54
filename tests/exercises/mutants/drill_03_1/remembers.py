"""Goes on, and remembers beside the handler what it has counted."""

from tests.exercises.mutants.drill_03_1.base import count, failed, number

SCENARIO = "one is bad, cold"
MISCONCEPTION = "memory of the environment"

counted = set()


def handler(event, context):
    failures = []
    for raw in event["Records"]:
        if raw["eventID"] in counted:
            continue
        try:
            count(raw)
            counted.add(raw["eventID"])
        except Exception:
            failures.append(number(raw))
    return failed(*failures)
