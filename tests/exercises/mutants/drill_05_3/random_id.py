"""An id that is drawn for each message."""

import uuid

from tests.exercises.mutants.drill_05_3.base import handler_that, publish

SCENARIO = "duplicates"
MISCONCEPTION = "a new id for each delivery"


def relay(record):
    if record.event_name == "INSERT":
        publish(str(uuid.uuid4()), record.new_image)


handler = handler_that(relay)
