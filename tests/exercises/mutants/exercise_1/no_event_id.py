"""Rows that do not name their event."""

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "plain day"
MISCONCEPTION = "no event id"


def write(record):
    audit.put_item(Item={name: value for name, value in row(record).items() if name != "event_id"})


handler = handler_that(write)
