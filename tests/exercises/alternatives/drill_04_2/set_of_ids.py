"""No second table: the row keeps the ids that it has counted."""

import boto3
from botocore.exceptions import ClientError

from cdc_lab.patterns import process_batch

counts = boto3.resource("dynamodb").Table("counts")


def count(record):
    try:
        counts.update_item(
            Key={"origin": record.new_image["origin"]},
            UpdateExpression="ADD flights :one, counted :ids",
            ConditionExpression="NOT contains(counted, :id)",
            ExpressionAttributeValues={":one": 1, ":ids": {record.event_id}, ":id": record.event_id},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def handler(event, context):
    return process_batch(event, count)
