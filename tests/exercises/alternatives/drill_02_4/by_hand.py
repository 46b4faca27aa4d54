"""Of the raw event, through the typed client."""

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
