"""Binary values left as base64."""

from base64 import b64encode

from boto3.dynamodb.types import Binary

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row, sides

SCENARIO = "values"
MISCONCEPTION = "binary as text"


def converted(value):
    return b64encode(bytes(value)).decode() if isinstance(value, Binary) else value


def told(record):
    return {
        name: {side: converted(value) for side, value in sides(change).items()}
        for name, change in record.changes().items()
    }


def write(record):
    audit.put_item(Item=row(record) | {"changes": told(record)})


handler = handler_that(write)
