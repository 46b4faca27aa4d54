"""Binary as the text that the event holds."""

import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")

SCENARIO = "expiry"
MISCONCEPTION = "binary as text"


def plain(value):
    return value["B"] if "B" in value else deserialize({"it": value})["it"]


def handler(event, context):
    for record in event["Records"]:
        if "userIdentity" in record:
            old = record["dynamodb"]["OldImage"]
            archive.put_item(Item={name: plain(value) for name, value in old.items()})
