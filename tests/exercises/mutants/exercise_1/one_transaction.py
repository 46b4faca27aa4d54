"""One transaction for the batch."""

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.exercise_1.base import audit, row

SCENARIO = "large batch"
MISCONCEPTION = "batch limits"


def handler(event, context):
    rows = [row(StreamRecord.from_event(record)) for record in event["Records"]]
    puts = [{"Put": {"TableName": audit.name, "Item": item}} for item in rows]
    audit.meta.client.transact_write_items(TransactItems=puts)
