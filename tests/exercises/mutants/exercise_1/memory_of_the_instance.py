"""A set of the events seen, in memory."""

import uuid

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "cold start"
MISCONCEPTION = "memory of the instance"


seen = set()


def write(record):
    if record.event_id not in seen:
        audit.put_item(Item=row(record) | {"sequence": f"{record.sequence_number.zfill(40)}#{uuid.uuid4()}"})
        seen.add(record.event_id)


handler = handler_that(write)
