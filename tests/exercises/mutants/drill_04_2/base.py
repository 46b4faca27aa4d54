"""What the wrong handlers share: the tables, and a count that adds."""

import boto3

from cdc_lab.patterns import process_batch

dynamodb = boto3.resource("dynamodb")
counts, processed = dynamodb.Table("counts"), dynamodb.Table("processed")


def add(record):
    counts.update_item(
        Key={"origin": record.new_image["origin"]},
        UpdateExpression="ADD flights :one",
        ExpressionAttributeValues={":one": 1},
    )


def is_marked(name):
    return "Item" in processed.get_item(Key={"event_id": name})


def mark(name):
    processed.put_item(Item={"event_id": name})


def handler_that(count):
    def handler(event, context):
        return process_batch(event, count)

    return handler
