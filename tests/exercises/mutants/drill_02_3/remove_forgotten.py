"""The new image of what is gone."""

from decimal import Decimal

from tests.exercises.mutants.drill_02_3.base import alerts

SCENARIO = "deleted"
MISCONCEPTION = "both images assumed"


def number(image):
    return Decimal(image.get("dep_delay", {}).get("N", "0"))


def handler(event, context):
    for record in event["Records"]:
        change = record["dynamodb"]
        new = number(change["NewImage"])
        if "OldImage" in change and new - number(change["OldImage"]) > 60:
            alerts.put_item(Item={"event_id": record["eventID"], "minutes": new - number(change["OldImage"])})
