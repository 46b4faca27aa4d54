"""Every REMOVE."""

import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")

SCENARIO = "both"
MISCONCEPTION = "any delete taken for an expiry"


def handler(event, context):
    for record in event["Records"]:
        if record["eventName"] == "REMOVE":
            archive.put_item(Item=deserialize(record["dynamodb"]["OldImage"]))
