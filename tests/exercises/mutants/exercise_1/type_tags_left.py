"""Values copied from the images with their type tags."""

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.exercise_1.base import audit, row

SCENARIO = "plain day"
MISCONCEPTION = "type tags left"


def told(body):
    old, new = body.get("OldImage", {}), body.get("NewImage", {})
    return {
        name: {side: image[name] for side, image in (("old", old), ("new", new)) if name in image}
        for name in {*old, *new}
        if old.get(name) != new.get(name)
    }


def handler(event, context):
    for record in event["Records"]:
        audit.put_item(Item=row(StreamRecord.from_event(record)) | {"changes": told(record["dynamodb"])})
