"""A day of flights, with a handler as it is deployed: what the template is written from."""

from __future__ import annotations

import os
from typing import Any

import boto3

from cdc_lab import Faults, Lab
from cdc_lab.trace import Trace

FLIGHTS = [{"flight_id": f"UA{number}", "delay": number % 7} for number in range(12)]


def clients() -> tuple[Any, Any]:
    """The handler's clients, of the lab that is open."""
    return boto3.client("dynamodb"), boto3.client("sqs")


def delay_board(event: Any, context: Any) -> Any:
    """Write each flight's row, and report the first that fails."""
    dynamodb, sqs = clients()
    for record in event["Records"]:
        number = record["dynamodb"]["SequenceNumber"]
        if record["eventName"] == "REMOVE":
            sqs.send_message(QueueUrl=os.environ["REMOVED"], MessageBody=number)
        elif record["dynamodb"]["Keys"]["flight_id"]["S"] == "UA5":
            return {"batchItemFailures": [{"itemIdentifier": number}]}
        else:
            row = {"flight_id": record["dynamodb"]["Keys"]["flight_id"]}
            dynamodb.put_item(TableName=os.environ["BOARD"], Item=row)
    return {"batchItemFailures": []}


def failures(lab: Lab, kind: str = "sqs") -> str:
    """Create an on-failure destination; return its ARN."""
    if kind == "s3":
        lab.client("s3").create_bucket(Bucket="given-up")
        return "arn:aws:s3:::given-up"
    if kind == "sns":
        return str(lab.client("sns").create_topic(Name="given-up")["TopicArn"])
    sqs = lab.client("sqs")
    url = sqs.create_queue(QueueName="given-up")["QueueUrl"]
    return str(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])


def build(lab: Lab, kind: str = "sqs", **mapping: Any) -> Any:
    """Create tables, queues and the function; return the table that is written to."""
    lab.create_table("board", "flight_id", stream_view_type=None)
    flights = lab.create_table("flights", "flight_id", ttl_attribute="expires")
    removed = lab.client("sqs").create_queue(QueueName="removed")["QueueUrl"]
    options: dict[str, Any] = {
        "BatchSize": 5,
        "MaximumRetryAttempts": 2,
        "MaximumRecordAgeInSeconds": 3600,
        "MaximumBatchingWindowInSeconds": 1,
        "ParallelizationFactor": 2,
        "BisectBatchOnFunctionError": True,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "FilterCriteria": {"Filters": [{"Pattern": '{"eventName": ["INSERT", "REMOVE"]}'}]},
        "DestinationConfig": {"OnFailure": {"Destination": failures(lab, kind)}},
        **mapping,
    }
    environment = {"BOARD": "board", "REMOVED": removed, "LEVEL": "INFO"}
    lab.attach(delay_board, flights, timeout=10, memory_size=256, environment=environment, **options)
    return flights


def write(flights: Any) -> None:
    """The writes of the day."""
    for flight in FLIGHTS:
        flights.put_item(Item=flight)
    flights.delete_item(Key={"flight_id": "UA3"})


def day(lab: Lab, faults: Faults | None = None) -> Trace:
    """The whole day."""
    write(build(lab))
    return lab.run(faults=faults)


def outcome(lab: Lab) -> Any:
    """What the day left: rows, messages, and what was given up."""
    rows = lab.client("dynamodb").scan(TableName="board")["Items"]
    given_up = lab.trace.failures[["condition", "records"]].to_dict("records")
    sqs = lab.client("sqs")
    counts = {}
    for url in sorted(sqs.list_queues()["QueueUrls"]):
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        counts[url.rsplit("/", 1)[1]] = attributes["Attributes"]["ApproximateNumberOfMessages"]
    return sorted(row["flight_id"]["S"] for row in rows), given_up, counts
