"""Numbers through int."""

from decimal import Decimal

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row, sides

SCENARIO = "values"
MISCONCEPTION = "numbers rounded"


def converted(value):
    return int(value) if isinstance(value, Decimal) else value


def told(record):
    return {
        name: {side: converted(value) for side, value in sides(change).items()}
        for name, change in record.changes().items()
    }


def write(record):
    audit.put_item(Item=row(record) | {"changes": told(record)})


handler = handler_that(write)
