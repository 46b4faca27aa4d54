"""Takes the old status out when it differs, and counts every record."""

from tests.exercises.mutants.drill_04_1.base import add, handler_that

SCENARIO = "a new gate"
MISCONCEPTION = "every record counts"


def count(record):
    old, new = record.old_image, record.new_image
    if old and (not new or old["status"] != new["status"]):
        add(old["status"], -1)
    if new:
        add(new["status"], 1)


handler = handler_that(count)
