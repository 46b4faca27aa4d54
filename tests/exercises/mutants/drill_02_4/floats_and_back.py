"""Numbers by way of float."""

from decimal import Decimal

import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")

SCENARIO = "expiry"
MISCONCEPTION = "numbers rounded"


def plain(value):
    return Decimal(str(float(value["N"]))) if "N" in value else deserialize({"it": value})["it"]


def handler(event, context):
    for record in event["Records"]:
        if "userIdentity" in record:
            old = record["dynamodb"]["OldImage"]
            archive.put_item(Item={name: plain(value) for name, value in old.items()})
