"""process_batch and one put per record."""

import boto3

from cdc_lab.patterns import process_batch

audit = boto3.resource("dynamodb").Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def write_row(record):
    audit.put_item(
        Item={
            "flight_id": record.keys["flight_id"],
            "sequence": record.sequence_number.zfill(40),
            "event_id": record.event_id,
            "action": record.event_name,
            "who": "ttl" if record.is_ttl_delete else "user",
            "when": record.created_at.isoformat(),
            "changes": {name: sides(change) for name, change in record.changes().items()},
        }
    )


def handler(event, context):
    return process_batch(event, write_row)
