"""One row to a flight."""

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "plain day"
MISCONCEPTION = "rows overwritten"


def write(record):
    audit.put_item(Item=row(record) | {"sequence": "latest"})


handler = handler_that(write)
