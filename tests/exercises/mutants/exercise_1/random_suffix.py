"""A random id in the key."""

import uuid

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "duplicates"
MISCONCEPTION = "row per delivery"


def write(record):
    audit.put_item(Item=row(record) | {"sequence": f"{record.sequence_number.zfill(40)}#{uuid.uuid4()}"})


handler = handler_that(write)
