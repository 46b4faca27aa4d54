"""A delete of a cancelled flight is housekeeping."""

from tests.exercises.mutants.drill_04_1.base import add, handler_that

SCENARIO = "deleted"
MISCONCEPTION = "deletes ignored"


def count(record):
    old, new = record.old_image, record.new_image
    if old and (new or old["status"] == "scheduled"):
        add(old["status"], -1)
    if new:
        add(new["status"], 1)


handler = handler_that(count)
