"""A set beside the handler."""

from tests.exercises.mutants.drill_04_2.base import add, handler_that

SCENARIO = "again, cold"
MISCONCEPTION = "memory of the environment"

seen = set()


def count(record):
    if record.event_id not in seen:
        add(record)
        seen.add(record.event_id)


handler = handler_that(count)
