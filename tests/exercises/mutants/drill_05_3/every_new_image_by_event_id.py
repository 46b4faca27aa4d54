"""Every new image, under the id of its record."""

from tests.exercises.mutants.drill_05_3.base import handler_that, publish

SCENARIO = "marked"
MISCONCEPTION = "a mark is no event"


def relay(record):
    if record.new_image:
        publish(record.event_id, record.new_image)


handler = handler_that(relay)
