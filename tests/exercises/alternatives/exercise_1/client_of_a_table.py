"""The client that the table has anyway: it takes Python's values, and writes many rows at once."""

import boto3

from cdc_lab.patterns import StreamRecord

client = boto3.resource("dynamodb").Table("audit").meta.client


def sides(change):
    given = {"old": change.old, "new": change.new}
    return {name: value for name, value in given.items() if name != SKIPPED.get(change.kind)}


SKIPPED = {"added": "old", "removed": "new"}


def write(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.rjust(40, "0"),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    client.transact_write_items(TransactItems=[{"Put": {"TableName": "audit", "Item": row}}])


def handler(event, context):
    for raw in event["Records"]:
        try:
            write(StreamRecord.from_event(raw))
        except Exception as error:
            print(repr(error))
            return {"batchItemFailures": [{"itemIdentifier": raw["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}
