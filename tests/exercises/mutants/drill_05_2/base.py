"""What the wrong handlers share: the risk of a flight, and writing it."""

import boto3
from botocore.exceptions import ClientError

from cdc_lab.patterns import process_batch

flights = boto3.resource("dynamodb").Table("flights")


def risk_of(image):
    return "high" if image["dep_delay"] >= 60 else "low"


def write(record, expression, **values):
    try:
        flights.update_item(
            Key=record.keys,
            UpdateExpression=expression,
            ConditionExpression="attribute_exists(flight_id)",
            ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def handler_that(look):
    def handler(event, context):
        return process_batch(event, look)

    return handler
