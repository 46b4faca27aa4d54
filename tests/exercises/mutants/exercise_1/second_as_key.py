"""The event's second as sort key."""

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "one second"
MISCONCEPTION = "key by the second"


def write(record):
    audit.put_item(Item=row(record) | {"sequence": record.created_at.isoformat()})


handler = handler_that(write)
