"""What the wrong relays share: the queue, and a memory."""

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
