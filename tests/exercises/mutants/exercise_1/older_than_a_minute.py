"""Records older than a minute dropped."""

import time

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "late"
MISCONCEPTION = "old by the clock"


def write(record):
    if time.time() - record.created_at.timestamp() < 60:
        audit.put_item(Item=row(record))


handler = handler_that(write)
