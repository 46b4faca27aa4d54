"""Each REMOVE taken for an expiry."""

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "removals"
MISCONCEPTION = "user taken for expiry"


def write(record):
    audit.put_item(Item=row(record) | {"who": "ttl" if record.event_name == "REMOVE" else "user"})


handler = handler_that(write)
