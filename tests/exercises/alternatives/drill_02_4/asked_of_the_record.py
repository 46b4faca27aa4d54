"""StreamRecord answers."""

import boto3

from cdc_lab.patterns import StreamRecord

archive = boto3.resource("dynamodb").Table("archive")


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        if record.is_ttl_delete:
            archive.put_item(Item=record.old_image)
