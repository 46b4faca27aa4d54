"""Remembers the batch by its first and last record."""

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.drill_04_2.base import add, is_marked, mark

SCENARIO = "other borders"
MISCONCEPTION = "batch as identity"


def handler(event, context):
    records = [StreamRecord.from_event(record) for record in event["Records"]]
    name = f"{records[0].event_id}-{records[-1].event_id}"
    if is_marked(name):
        return
    for record in records:
        add(record)
    mark(name)
