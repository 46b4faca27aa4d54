"""As given: both images and the attribute taken for granted."""

from tests.exercises.mutants.drill_02_3.base import alerts

SCENARIO = "a day"
MISCONCEPTION = "both images assumed"


def handler(event, context):
    for record in event["Records"]:
        old = record["dynamodb"]["OldImage"]["dep_delay"]["N"]
        new = record["dynamodb"]["NewImage"]["dep_delay"]["N"]
        if int(new) - int(old) > 60:
            alerts.put_item(Item={"event_id": record["eventID"], "minutes": int(new) - int(old)})
