"""An update wherever a record came from."""

from tests.exercises.mutants.drill_05_2.base import flights, handler_that, risk_of

SCENARIO = "gone meanwhile"
MISCONCEPTION = "an update makes items"


def look(record):
    if record.new_image:
        flights.update_item(
            Key=record.keys,
            UpdateExpression="SET risk = :risk",
            ExpressionAttributeValues={":risk": risk_of(record.new_image)},
        )


handler = handler_that(look)
