"""Processing time as the time of the change."""

from datetime import UTC, datetime

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "plain day"
MISCONCEPTION = "processing time"


def write(record):
    audit.put_item(Item=row(record) | {"when": datetime.now(UTC).isoformat()})


handler = handler_that(write)
