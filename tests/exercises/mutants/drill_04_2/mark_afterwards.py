"""The count before the mark."""

from tests.exercises.mutants.drill_04_2.base import add, handler_that, is_marked, mark

SCENARIO = "crash"
MISCONCEPTION = "effect before the mark"


def count(record):
    if not is_marked(record.event_id):
        add(record)
        mark(record.event_id)


handler = handler_that(count)
