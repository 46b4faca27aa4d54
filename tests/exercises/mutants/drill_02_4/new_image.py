"""The new image of what is gone."""

import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")

SCENARIO = "expiry"
MISCONCEPTION = "both images assumed"


def handler(event, context):
    for record in event["Records"]:
        if "userIdentity" in record:
            archive.put_item(Item=deserialize(record["dynamodb"]["NewImage"]))
