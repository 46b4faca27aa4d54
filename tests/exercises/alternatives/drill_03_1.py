"""Right answers to drill_03_1: their form is in `tests/exercises/loading.py`."""

# %% by_hand
# A loop that stops.
import boto3

from cdc_lab.patterns import StreamRecord

fleet = boto3.resource("dynamodb").Table("fleet")


def handler(event, context):
    for raw in event["Records"]:
        number = raw["dynamodb"]["SequenceNumber"]
        try:
            record = StreamRecord.from_event(raw)
            fleet.update_item(
                Key=record.keys, UpdateExpression="ADD seen :one", ExpressionAttributeValues={":one": 1}
            )
        except Exception:
            return {"batchItemFailures": [{"itemIdentifier": number}]}
    return None


# %% process_batch
# By process_batch.
import boto3

from cdc_lab.patterns import process_batch

fleet = boto3.resource("dynamodb").Table("fleet")


def count(record):
    fleet.update_item(
        Key=record.keys, UpdateExpression="ADD seen :one", ExpressionAttributeValues={":one": 1}
    )


def handler(event, context):
    return process_batch(event, count)
