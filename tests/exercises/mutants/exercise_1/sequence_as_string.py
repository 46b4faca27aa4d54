"""Sequence numbers compared as strings."""

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "long history"
MISCONCEPTION = "sequence numbers as strings"


def write(record):
    audit.put_item(Item=row(record) | {"sequence": record.sequence_number})


handler = handler_that(write)
