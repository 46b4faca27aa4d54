"""What the wrong handlers share: the table, and how an alert is written."""

import boto3

alerts = boto3.resource("dynamodb").Table("alerts")


def alert(record, minutes):
    alerts.put_item(Item={"event_id": record.event_id, "minutes": minutes})


def delay(image):
    return (image or {}).get("dep_delay") or 0
