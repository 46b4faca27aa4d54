"""Whatever image there is, under the id of its record."""

from tests.exercises.mutants.drill_05_3.base import handler_that, publish

SCENARIO = "cleaned up"
MISCONCEPTION = "a row that leaves is no event"


def relay(record):
    publish(record.event_id, record.new_image or record.old_image)


handler = handler_that(relay)
