"""The clock as sort key: a retry writes a second row."""

import time

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "duplicates"
MISCONCEPTION = "row per delivery"


def write(record):
    audit.put_item(Item=row(record) | {"sequence": f"{time.time():.6f}"})


handler = handler_that(write)
