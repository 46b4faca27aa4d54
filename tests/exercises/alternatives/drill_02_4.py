"""Right answers to drill_02_4: their form is in `tests/exercises/loading.py`."""

# %% asked_of_the_record
# StreamRecord answers.
import boto3

from cdc_lab.patterns import StreamRecord

archive = boto3.resource("dynamodb").Table("archive")


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        if record.is_ttl_delete:
            archive.put_item(Item=record.old_image)


# %% by_hand
# Of the raw event, through the typed client.
from base64 import b64decode

import boto3

client = boto3.client("dynamodb")

TTL = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def typed(value):
    if "B" in value:
        return {"B": b64decode(value["B"])}
    return value


def handler(event, context):
    for record in event["Records"]:
        if record.get("userIdentity") == TTL:
            old = record["dynamodb"]["OldImage"]
            client.put_item(TableName="archive", Item={name: typed(value) for name, value in old.items()})
