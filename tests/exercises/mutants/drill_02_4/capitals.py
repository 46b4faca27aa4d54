"""Asked with care, in capitals."""

import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")

SCENARIO = "expiry"
MISCONCEPTION = "capitals of another call"


def handler(event, context):
    for record in event["Records"]:
        identity = record.get("userIdentity") or {}
        if identity.get("Type") == "Service" and identity.get("PrincipalId") == "dynamodb.amazonaws.com":
            archive.put_item(Item=deserialize(record["dynamodb"]["OldImage"]))
