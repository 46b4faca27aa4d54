"""What the wrong handlers share: adding to a row."""

import boto3

from cdc_lab.patterns import process_batch

counts = boto3.resource("dynamodb").Table("counts")


def add(status, number):
    counts.update_item(
        Key={"status": status},
        UpdateExpression="ADD flights :n",
        ExpressionAttributeValues={":n": number},
    )


def handler_that(count):
    def handler(event, context):
        return process_batch(event, count)

    return handler
