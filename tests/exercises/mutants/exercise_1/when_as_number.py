"""Epoch seconds, as the event carries them."""

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "plain day"
MISCONCEPTION = "time without form"


def write(record):
    audit.put_item(Item=row(record) | {"when": int(record.created_at.timestamp())})


handler = handler_that(write)
