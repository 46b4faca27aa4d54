"""The mark before the count."""

from tests.exercises.mutants.drill_04_2.base import add, handler_that, is_marked, mark

SCENARIO = "crash"
MISCONCEPTION = "mark before the effect"


def count(record):
    if not is_marked(record.event_id):
        mark(record.event_id)
        add(record)


handler = handler_that(count)
