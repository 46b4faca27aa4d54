"""The eventID as sort key: unique, and in no order."""

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "long history"
MISCONCEPTION = "order by event id"


def write(record):
    audit.put_item(Item=row(record) | {"sequence": record.event_id})


handler = handler_that(write)
