"""Counts the batch, and puts that in place of the row."""

from collections import Counter

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.drill_04_1.base import counts

SCENARIO = "scheduled"
MISCONCEPTION = "the batch for the whole"


def handler(event, context):
    batch = Counter()
    for record in map(StreamRecord.from_event, event["Records"]):
        if record.old_image:
            batch[record.old_image["status"]] -= 1
        if record.new_image:
            batch[record.new_image["status"]] += 1
    for status, number in batch.items():
        counts.put_item(Item={"status": status, "flights": number})
