"""Numbers compared as text."""

from decimal import Decimal

from tests.exercises.mutants.drill_02_3.base import alerts

SCENARIO = "a day"
MISCONCEPTION = "jumps missed"


def number(record, image):
    return record["dynamodb"].get(image, {}).get("dep_delay", {}).get("N", "0")


def handler(event, context):
    for record in event["Records"]:
        old, new = number(record, "OldImage"), number(record, "NewImage")
        if record["eventName"] == "MODIFY" and new > old and Decimal(new) - Decimal(old) > 60:
            alerts.put_item(Item={"event_id": record["eventID"], "minutes": Decimal(new) - Decimal(old)})
