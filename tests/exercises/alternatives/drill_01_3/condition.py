"""A conditional put."""

import boto3
from botocore.exceptions import ClientError

from cdc_lab.patterns import process_batch

board = boto3.resource("dynamodb").Table("board")


def show(record):
    try:
        board.put_item(
            Item={**record.keys, "status": record.new_image["status"], "sequence": record.sequence},
            ConditionExpression="attribute_not_exists(flight_id) OR #s < :s",
            ExpressionAttributeNames={"#s": "sequence"},
            ExpressionAttributeValues={":s": record.sequence},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def handler(event, context):
    return process_batch(event, show)
