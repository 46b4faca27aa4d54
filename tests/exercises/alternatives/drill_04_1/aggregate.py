"""The aggregate of the patterns."""

import boto3

from cdc_lab.patterns import process_batch
from cdc_lab.patterns.aggregates import Aggregate, update_entries

counts = boto3.resource("dynamodb").Table("counts")
by_status = Aggregate("status", {"flights": 1}, ttl_deletes="subtract")


def count(record):
    entries = update_entries(by_status.deltas(record), counts, key="status")
    if entries:
        counts.meta.client.transact_write_items(TransactItems=entries)


def handler(event, context):
    return process_batch(event, count)
