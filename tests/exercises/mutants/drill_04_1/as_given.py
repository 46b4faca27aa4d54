"""One more for each new image."""

from tests.exercises.mutants.drill_04_1.base import add, handler_that

SCENARIO = "a new status"
MISCONCEPTION = "counts only grow"


def count(record):
    if record.new_image:
        add(record.new_image["status"], 1)


handler = handler_that(count)
