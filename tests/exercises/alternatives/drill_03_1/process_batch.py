"""By process_batch."""

import boto3

from cdc_lab.patterns import process_batch

fleet = boto3.resource("dynamodb").Table("fleet")


def count(record):
    fleet.update_item(
        Key=record.keys, UpdateExpression="ADD seen :one", ExpressionAttributeValues={":one": 1}
    )


def handler(event, context):
    return process_batch(event, count)
