"""Only INSERT and MODIFY are logged."""

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "removals"
MISCONCEPTION = "removes ignored"


def write(record):
    if record.event_name in ("INSERT", "MODIFY"):
        audit.put_item(Item=row(record))


handler = handler_that(write)
