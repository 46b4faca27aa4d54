"""The record's image with the risk in it, put."""

from tests.exercises.mutants.drill_05_2.base import flights, handler_that, risk_of

SCENARIO = "gone meanwhile"
MISCONCEPTION = "an update makes items"


def look(record):
    image = record.new_image
    if image and image.get("risk") != risk_of(image):
        flights.put_item(Item={**image, "risk": risk_of(image)})


handler = handler_that(look)
