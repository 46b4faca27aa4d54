"""MODIFY taken for a change of the status."""

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "plain day"
MISCONCEPTION = "lost"


def write(record):
    if record.event_name != "MODIFY" or "status" in record.changes():
        audit.put_item(Item=row(record))


handler = handler_that(write)
