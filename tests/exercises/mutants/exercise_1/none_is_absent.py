"""None taken for absent: NULL is a value."""

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "values"
MISCONCEPTION = "empty taken for absent"


def told(record):
    pairs = {name: (("old", c.old), ("new", c.new)) for name, c in record.changes().items()}
    return {name: {side: value for side, value in pair if value is not None} for name, pair in pairs.items()}


def write(record):
    audit.put_item(Item=row(record) | {"changes": told(record)})


handler = handler_that(write)
