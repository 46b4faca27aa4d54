"""The row's key, and the request that published it."""

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.drill_05_3.base import publish

SCENARIO = "duplicates"
MISCONCEPTION = "a new id for each delivery"


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        if record.event_name == "INSERT":
            publish(f"{record.keys['flight_id']}/{context.aws_request_id}", record.new_image)
