"""Records older than a minute left out."""

import time

from tests.exercises.mutants.drill_01_3.base import handler_that

SCENARIO = "a day"
MISCONCEPTION = "changes left out"

handler = handler_that(
    lambda record, row: (
        time.time() - record.created_at.timestamp() < 60 and record.sequence > row.get("sequence", 0)
    ),
    sequence=lambda record: record.sequence,
)
