"""The number as text of one length."""

import boto3

from cdc_lab.patterns import StreamRecord

board = boto3.resource("dynamodb").Table("board")


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        sequence = record.sequence_number.zfill(40)
        row = board.get_item(Key=record.keys).get("Item", {})
        if sequence > row.get("sequence", ""):
            board.put_item(Item={**record.keys, "status": record.new_image["status"], "sequence": sequence})
