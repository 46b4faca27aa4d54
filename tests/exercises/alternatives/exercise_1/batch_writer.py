"""Rows are collected up to the first record that cannot be read, and written in batches of 25."""

import boto3

from cdc_lab.patterns import StreamRecord


def row(record):
    told = {}
    for name, change in record.changes().items():
        told[name] = {}
        if change.kind != "added":
            told[name]["old"] = change.old
        if change.kind != "removed":
            told[name]["new"] = change.new
    return {
        "flight_id": record.keys["flight_id"],
        "sequence": f"{record.created_at:%Y%m%d%H%M%S}/{record.sequence:040d}",
        "event_id": record.event_id,
        "action": record.event_name,
        "who": ("user", "ttl")[record.is_ttl_delete],
        "when": record.created_at.isoformat(),
        "changes": told,
    }


def handler(event, context):
    rows, failures = [], []
    for raw in event["Records"]:
        try:
            rows.append(row(StreamRecord.from_event(raw)))
        except (ValueError, TypeError):
            failures = [{"itemIdentifier": raw["dynamodb"]["SequenceNumber"]}]
            break
    with boto3.resource("dynamodb").Table("audit").batch_writer() as batch:
        for item in rows:
            batch.put_item(Item=item)
    return {"batchItemFailures": failures}
