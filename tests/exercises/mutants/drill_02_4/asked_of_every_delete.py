"""Well spelled, and asked of every delete."""

import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")

SCENARIO = "both"
MISCONCEPTION = "nobody is named"

TTL = "dynamodb.amazonaws.com"


def handler(event, context):
    for record in event["Records"]:
        if record["eventName"] == "REMOVE" and record["userIdentity"]["principalId"] == TTL:
            archive.put_item(Item=deserialize(record["dynamodb"]["OldImage"]))
