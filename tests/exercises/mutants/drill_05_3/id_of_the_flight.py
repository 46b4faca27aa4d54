"""The flight's id, which its events share."""

from tests.exercises.mutants.drill_05_3.base import handler_that, publish

SCENARIO = "a day"
MISCONCEPTION = "a new id for each delivery"


def relay(record):
    if record.event_name == "INSERT":
        publish(record.keys["flight_id"].partition("#")[0], record.new_image)


handler = handler_that(relay)
