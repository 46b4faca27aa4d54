"""Right answers to drill_02_3: their form is in `tests/exercises/loading.py`."""

# %% dispatched
# By dispatch.
import boto3

from cdc_lab.patterns import StreamRecord, dispatch

alerts = boto3.resource("dynamodb").Table("alerts")


def delay(image):
    return image.get("dep_delay") or 0


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):

        def grown(keys, old, new, event_id=record.event_id):
            jump = delay(new) - delay(old)
            if jump > 60:
                alerts.put_item(Item={"event_id": event_id, "flight_id": keys["flight_id"], "minutes": jump})

        dispatch(record, on_modify=grown)


# %% raw_event
# Of the raw event.
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
