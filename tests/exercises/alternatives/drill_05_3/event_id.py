"""The record's own id, which stays the same at every delivery [A7]: lesson 05 publishes under it."""

from tests.exercises.mutants.drill_05_3.base import handler_that, publish


def relay(record):
    if record.event_name == "INSERT":
        publish(record.event_id, record.new_image)


handler = handler_that(relay)
