"""A loop that stops."""

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
