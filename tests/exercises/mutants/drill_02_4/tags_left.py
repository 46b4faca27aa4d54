"""The image as it comes."""

import boto3

archive = boto3.resource("dynamodb").Table("archive")

SCENARIO = "expiry"
MISCONCEPTION = "type tags left"


def handler(event, context):
    for record in event["Records"]:
        if "userIdentity" in record:
            keys = {"flight_id": record["dynamodb"]["Keys"]["flight_id"]["S"]}
            archive.put_item(Item={**record["dynamodb"]["OldImage"], **keys})
