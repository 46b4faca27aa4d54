"""What time to live removes is no change to it."""

from tests.exercises.mutants.drill_04_1.base import add, handler_that

SCENARIO = "expired"
MISCONCEPTION = "expiry left in"


def count(record):
    if record.is_ttl_delete:
        return
    if record.old_image:
        add(record.old_image["status"], -1)
    if record.new_image:
        add(record.new_image["status"], 1)


handler = handler_that(count)
