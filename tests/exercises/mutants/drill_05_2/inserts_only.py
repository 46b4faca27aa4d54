"""New flights only: its own writes are no INSERT."""

from tests.exercises.mutants.drill_05_2.base import handler_that, risk_of, write

SCENARIO = "changed again"
MISCONCEPTION = "once and never again"


def look(record):
    if record.event_name == "INSERT":
        write(record, "SET risk = :risk", risk=risk_of(record.new_image))


handler = handler_that(look)
