"""An absent side written as NULL."""

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "plain day"
MISCONCEPTION = "absent taken for null"


def write(record):
    audit.put_item(
        Item=row(record) | {"changes": {n: {"old": c.old, "new": c.new} for n, c in record.changes().items()}}
    )


handler = handler_that(write)
