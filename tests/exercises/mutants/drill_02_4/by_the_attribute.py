"""Whatever was due."""

import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")

SCENARIO = "deleted when due"
MISCONCEPTION = "due is not gone"


def handler(event, context):
    for record in event["Records"]:
        change = record["dynamodb"]
        if record["eventName"] == "REMOVE":
            due = int(change["OldImage"].get("expires_at", {}).get("N", "0"))
            if 0 < due <= change["ApproximateCreationDateTime"]:
                archive.put_item(Item=deserialize(change["OldImage"]))
