"""A mark by which it knows its own writes."""

from tests.exercises.mutants.drill_05_2.base import handler_that, risk_of, write

SCENARIO = "changed again"
MISCONCEPTION = "once and never again"


def look(record):
    if record.new_image and not record.new_image.get("checked"):
        write(record, "SET risk = :risk, checked = :yes", risk=risk_of(record.new_image), yes=True)


handler = handler_that(look)
