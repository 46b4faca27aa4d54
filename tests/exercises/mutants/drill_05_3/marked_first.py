"""Notes what it has sent, before it sends."""

from botocore.exceptions import ClientError

from tests.exercises.mutants.drill_05_3.base import handler_that, publish, sent

SCENARIO = "crash"
MISCONCEPTION = "mark before the effect"


def relay(record):
    if record.event_name != "INSERT":
        return
    name = record.keys["flight_id"]
    try:
        sent.put_item(Item={"event_id": name}, ConditionExpression="attribute_not_exists(event_id)")
    except ClientError:
        return
    publish(name, record.new_image)


handler = handler_that(relay)
