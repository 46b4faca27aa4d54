"""Wrong answers to drill_05_3: their form is in `tests/exercises/loading.py`."""

# %% given
# What the wrong relays share: the queue, and a memory.
import json

import boto3

from cdc_lab.patterns import process_batch

sqs = boto3.client("sqs")
sent = boto3.resource("dynamodb").Table("sent")


def publish(event_id, image):
    url = sqs.get_queue_url(QueueName="flight-events")["QueueUrl"]
    body = {"event_id": event_id, "name": image["name"]}
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))


def handler_that(relay):
    def handler(event, context):
        return process_batch(event, relay)

    return handler


# %% every_image | cleaned up | a row that leaves is no event
# Whatever image there is.
def relay(record):
    publish(record.keys["flight_id"], record.new_image or record.old_image)


handler = handler_that(relay)


# %% every_new_image | marked | a mark is no event
# Every new image.
def relay(record):
    if record.new_image:
        publish(record.keys["flight_id"], record.new_image)


handler = handler_that(relay)


# %% every_new_image_by_event_id | marked | a mark is no event
# Every new image, under the id of its record.
def relay(record):
    if record.new_image:
        publish(record.event_id, record.new_image)


handler = handler_that(relay)


# %% every_record_by_event_id | cleaned up | a row that leaves is no event
# Whatever image there is, under the id of its record.
def relay(record):
    publish(record.event_id, record.new_image or record.old_image)


handler = handler_that(relay)


# %% id_of_the_flight | a day | a new id for each delivery
# The flight's id, which its events share.
def relay(record):
    if record.event_name == "INSERT":
        publish(record.keys["flight_id"].partition("#")[0], record.new_image)


handler = handler_that(relay)

# %% key_and_request_id | duplicates | a new id for each delivery
# The row's key, and the request that published it.
from cdc_lab.patterns import StreamRecord


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        if record.event_name == "INSERT":
            publish(f"{record.keys['flight_id']}/{context.aws_request_id}", record.new_image)


# %% marked_first | crash | mark before the effect
# Notes what it has sent, before it sends.
from botocore.exceptions import ClientError


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

# %% random_id | duplicates | a new id for each delivery
# An id that is drawn for each message.
import uuid


def relay(record):
    if record.event_name == "INSERT":
        publish(str(uuid.uuid4()), record.new_image)


handler = handler_that(relay)

# %% request_id | duplicates | a new id for each delivery
# The request's id and a number.
from cdc_lab.patterns import StreamRecord


def handler(event, context):
    for number, record in enumerate(map(StreamRecord.from_event, event["Records"])):
        if record.event_name == "INSERT":
            publish(f"{context.aws_request_id}#{number}", record.new_image)


# %% sent_before_the_message | crash | mark before the effect
# Notes under a condition that the event is sent, then sends it.
from botocore.exceptions import ClientError


def relay(record):
    if record.event_name != "INSERT":
        return
    event_id = record.keys["flight_id"]
    try:
        sent.put_item(Item={"event_id": event_id}, ConditionExpression="attribute_not_exists(event_id)")
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return
        raise
    publish(event_id, record.new_image)


handler = handler_that(relay)


# %% busy_queue_logged | refused | refusal taken for done
# Logs what SQS refuses, and goes on.
def relay(record):
    if record.event_name == "INSERT":
        try:
            publish(record.keys["flight_id"], record.new_image)
        except Exception as error:
            print("not sent:", repr(error))


handler = handler_that(relay)


# %% one_more_try | refused | refusal taken for done
# Tries twice, and gives the event up.
from botocore.exceptions import ClientError


def relay(record):
    for _ in range(2):
        try:
            if record.event_name == "INSERT":
                publish(record.keys["flight_id"], record.new_image)
            return
        except ClientError:
            continue


handler = handler_that(relay)
