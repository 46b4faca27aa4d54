"""Right answers to drill_04_1: their form is in `tests/exercises/loading.py`."""

# %% aggregate
# The aggregate of the patterns.
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


# %% whole_batch
# Sums up the batch first, then adds once to each row.
from collections import Counter

import boto3

counts = boto3.client("dynamodb")


def handler(event, context):
    moved = Counter()
    for record in event["Records"]:
        for name, sign in (("OldImage", -1), ("NewImage", 1)):
            if name in record["dynamodb"]:
                moved[record["dynamodb"][name]["status"]["S"]] += sign
    for status, number in moved.items():
        counts.update_item(
            TableName="counts",
            Key={"status": {"S": status}},
            UpdateExpression="ADD flights :n",
            ExpressionAttributeValues={":n": {"N": str(number)}},
        )
