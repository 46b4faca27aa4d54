"""Of the raw event."""

from decimal import Decimal

import boto3

alerts = boto3.resource("dynamodb").Table("alerts")


def delay(image):
    return Decimal(image.get("dep_delay", {}).get("N", "0"))


def handler(event, context):
    for record in event["Records"]:
        if record["eventName"] != "MODIFY":
            continue
        jump = delay(record["dynamodb"]["NewImage"]) - delay(record["dynamodb"]["OldImage"])
        if jump > 60:
            alerts.put_item(Item={"event_id": record["eventID"], "minutes": jump})
