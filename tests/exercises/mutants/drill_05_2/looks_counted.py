"""Counts its looks."""

from tests.exercises.mutants.drill_05_2.base import handler_that, risk_of, write

SCENARIO = "a day"
MISCONCEPTION = "its own echo"


def look(record):
    if record.new_image:
        write(record, "SET risk = :risk ADD looks :one", risk=risk_of(record.new_image), one=1)


handler = handler_that(look)
