"""The request's id and a number."""

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.drill_05_3.base import publish

SCENARIO = "duplicates"
MISCONCEPTION = "a new id for each delivery"


def handler(event, context):
    for number, record in enumerate(map(StreamRecord.from_event, event["Records"])):
        if record.event_name == "INSERT":
            publish(f"{context.aws_request_id}#{number}", record.new_image)
