"""The order that statuses have on most days."""

from tests.exercises.mutants.drill_01_3.base import handler_that

SCENARIO = "a digit more"
MISCONCEPTION = "told by what it says"

PLACES = {status: n for n, status in enumerate(("scheduled", "delayed", "boarding", "departed", "landed"))}

handler = handler_that(
    lambda record, row: PLACES.get(record.new_image["status"], 9) >= PLACES.get(row.get("status"), 0)
)
