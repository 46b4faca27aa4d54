"""An expires_at taken for an expiry, whoever deleted."""

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "removals"
MISCONCEPTION = "user taken for expiry"


def write(record):
    audit.put_item(
        Item=row(record)
        | {"who": "ttl" if "expires_at" in (record.old_image or record.new_image) else "user"}
    )


handler = handler_that(write)
