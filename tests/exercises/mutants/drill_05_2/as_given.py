"""The time of the look, beside the risk."""

import time

from tests.exercises.mutants.drill_05_2.base import handler_that, risk_of, write

SCENARIO = "a day"
MISCONCEPTION = "its own echo"


def look(record):
    if record.new_image:
        now = str(time.time())
        write(record, "SET risk = :risk, looked_at = :now", risk=risk_of(record.new_image), now=now)


handler = handler_that(look)
