"""One BatchWriteItem for the batch."""

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.exercise_1.base import audit, row

SCENARIO = "large batch"
MISCONCEPTION = "batch limits"


def handler(event, context):
    puts = [{"PutRequest": {"Item": row(StreamRecord.from_event(record))}} for record in event["Records"]]
    audit.meta.client.batch_write_item(RequestItems={audit.name: puts})
