"""No patterns: the event as it comes."""

import json

import boto3

sqs = boto3.client("sqs")


def handler(event, context):
    url = sqs.get_queue_url(QueueName="flight-events")["QueueUrl"]
    for record in event["Records"]:
        if record["eventName"] == "INSERT":
            row = record["dynamodb"]["NewImage"]
            body = {"event_id": row["flight_id"]["S"], "name": row["name"]["S"]}
            try:
                sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))
            except Exception as error:
                print(error)
                number = record["dynamodb"]["SequenceNumber"]
                return {"batchItemFailures": [{"itemIdentifier": number}]}
    return {"batchItemFailures": []}
