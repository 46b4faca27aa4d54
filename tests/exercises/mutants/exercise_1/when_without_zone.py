"""A time without its zone."""

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "plain day"
MISCONCEPTION = "time without a zone"


def write(record):
    audit.put_item(Item=row(record) | {"when": record.created_at.replace(tzinfo=None).isoformat()})


handler = handler_that(write)
