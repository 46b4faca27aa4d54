"""Sums up the batch first, then adds once to each row."""

from collections import Counter

import boto3

counts = boto3.client("dynamodb")


def handler(event, context):
    moved = Counter()
    for record in event["Records"]:
        for name, sign in (("OldImage", -1), ("NewImage", 1)):
            if name in record["dynamodb"]:
                moved[record["dynamodb"][name]["status"]["S"]] += sign
    for status, number in moved.items():
        counts.update_item(
            TableName="counts",
            Key={"status": {"S": status}},
            UpdateExpression="ADD flights :n",
            ExpressionAttributeValues={":n": {"N": str(number)}},
        )
