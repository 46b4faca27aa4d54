"""What the wrong handlers share: how a record is counted."""

import boto3

from cdc_lab.patterns import StreamRecord

fleet = boto3.resource("dynamodb").Table("fleet")


def count(raw):
    record = StreamRecord.from_event(raw)
    fleet.update_item(
        Key=record.keys, UpdateExpression="ADD seen :one", ExpressionAttributeValues={":one": 1}
    )


def number(raw):
    return raw["dynamodb"]["SequenceNumber"]


def failed(*numbers):
    return {"batchItemFailures": [{"itemIdentifier": each} for each in numbers]}
