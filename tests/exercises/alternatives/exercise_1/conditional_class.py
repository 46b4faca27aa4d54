"""A class that holds its table; each row is put once, and a refusal counts as done."""

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import ClientError

from cdc_lab.patterns import StreamRecord
from cdc_lab.patterns.changes import diff


class AuditLog:
    def __init__(self):
        self.table = boto3.resource("dynamodb").Table("audit")
        self.names = TypeDeserializer()

    def row(self, record):
        told = {}
        for name, (old, new, kind) in diff(record.old_image or {}, record.new_image or {}).items():
            told[name] = {"added": {"new": new}, "removed": {"old": old}}.get(kind, {"old": old, "new": new})
        moment = record.created_at.strftime("%Y-%m-%dT%H:%M:%S+00:00")
        return {
            "flight_id": record.keys["flight_id"],
            "sequence": f"{len(record.sequence_number):02d}-{record.sequence_number}",
            "event_id": record.event_id,
            "action": record.event_name,
            "who": "ttl" if record.user_identity else "user",
            "when": moment,
            "changes": told,
            "view": record.view_type,
        }

    def write(self, record):
        try:
            self.table.put_item(Item=self.row(record), ConditionExpression="attribute_not_exists(event_id)")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def __call__(self, event, context):
        for raw in event["Records"]:
            try:
                self.write(StreamRecord.from_event(raw))
            except Exception:
                return {"batchItemFailures": [{"itemIdentifier": raw["dynamodb"]["SequenceNumber"]}]}
        return None


handler = AuditLog()
