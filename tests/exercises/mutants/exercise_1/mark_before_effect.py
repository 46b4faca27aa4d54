"""The row is put as a mark, and filled in a second call."""

from botocore.exceptions import ClientError

from tests.exercises.mutants.exercise_1.base import audit, handler_that, row

SCENARIO = "crash"
MISCONCEPTION = "mark before effect"


def write(record):
    whole = row(record)
    try:
        audit.put_item(
            Item={name: whole[name] for name in ("flight_id", "sequence")},
            ConditionExpression="attribute_not_exists(flight_id)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return  # seen before
        raise
    audit.put_item(Item=whole)


handler = handler_that(write)
