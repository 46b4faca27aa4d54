"""Time to live taken for a user."""

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "removals"
MISCONCEPTION = "expiry taken for a user"


def write(record):
    audit.put_item(Item=row(record) | {"who": "user"})


handler = handler_that(write)
