"""boto3's TypeDeserializer on an event's images: it refuses base64 text."""

from boto3.dynamodb.types import TypeDeserializer

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.exercise_1.base import audit, row

SCENARIO = "values"
MISCONCEPTION = "binary as text"
deserializer = TypeDeserializer()


def handler(event, context):
    for record in event["Records"]:
        images = {name: record["dynamodb"].get(name, {}) for name in ("OldImage", "NewImage")}
        for image in images.values():
            {name: deserializer.deserialize(value) for name, value in image.items()}
        audit.put_item(Item=row(StreamRecord.from_event(record)))
