"""Topics, buses, FIFO queues and indexes: from a lab into its template, and back into a lab."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import boto3
import pytest

from cdc_lab import Lab
from cdc_lab.deployment.template import Template

INDEXES: dict[str, Any] = {
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-gate",
            "KeySchema": [{"AttributeName": "gate", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "by-delay",
            "KeySchema": [
                {"AttributeName": "flight_id", "KeyType": "HASH"},
                {"AttributeName": "delay", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["gate"]},
        }
    ],
}
QUEUES = ("all.fifo", "late", "news")


def announce(event: Any, context: Any) -> None:
    """Tell a topic, a bus and a FIFO queue of each change."""
    sns, events, sqs = (boto3.client(name) for name in ("sns", "events", "sqs"))
    for record in event["Records"]:
        image = record["dynamodb"]["NewImage"]
        flight, late = image["flight_id"]["S"], int(image["delay"]["N"]) > 60
        sns.publish(
            TopicArn=os.environ["TOPIC"],
            Message=flight,
            MessageAttributes={"late": {"DataType": "String", "StringValue": str(late).lower()}},
        )
        entry = {"Source": "flights", "DetailType": "Changed", "Detail": json.dumps({"flight": flight})}
        events.put_events(Entries=[entry | {"EventBusName": os.environ["BUS"]}])
        sqs.send_message(
            QueueUrl=os.environ["ALL"],
            MessageBody=flight,
            MessageGroupId=flight,
            MessageDeduplicationId=record["eventID"],
        )


def build(lab: Lab) -> None:
    """Everything of it, as a team makes it with boto3."""
    names = {"flight_id": "S", "day": "S", "gate": "S", "delay": "N"}
    flights = lab.client("dynamodb").create_table(
        TableName="flights",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in names.items()],
        KeySchema=[
            {"AttributeName": "flight_id", "KeyType": "HASH"},
            {"AttributeName": "day", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        **INDEXES,
    )
    sqs, sns, events = (lab.client(name) for name in ("sqs", "sns", "events"))
    topic = sns.create_topic(Name="changes")["TopicArn"]
    events.create_event_bus(Name="airport")
    arns = {}
    for name in QUEUES:
        given = {"FifoQueue": "true", "VisibilityTimeout": "90"} if name.endswith(".fifo") else {}
        url = sqs.create_queue(QueueName=name, Attributes=given)["QueueUrl"]
        arns[name] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        services = {"late": "sns.amazonaws.com", "news": "events.amazonaws.com"}
        if name in services:
            allows = {
                "Effect": "Allow",
                "Principal": {"Service": services[name]},
                "Action": "sqs:SendMessage",
                "Resource": arns[name],
            }
            policy = json.dumps({"Version": "2012-10-17", "Statement": [allows]})
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    late = {"FilterPolicy": json.dumps({"late": ["true"]}), "RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arns["late"], Attributes=late)
    pattern = json.dumps({"source": ["flights"]})
    events.put_rule(Name="news", EventBusName="airport", EventPattern=pattern)
    events.put_targets(Rule="news", EventBusName="airport", Targets=[{"Id": "news", "Arn": arns["news"]}])
    url = sqs.get_queue_url(QueueName="all.fifo")["QueueUrl"]
    lab.attach(
        announce,
        lab.resource("dynamodb").Table(flights["TableDescription"]["TableName"]),
        environment={"TOPIC": topic, "BUS": "airport", "ALL": url},
        MaximumRetryAttempts=2,
    )


def write(lab: Lab) -> dict[str, list[str]]:
    """Three flights, one of them late; return what each queue got."""
    table = lab.resource("dynamodb").Table("flights")
    for flight, delay in (("UA1", 5), ("UA2", 84), ("UA3", 0)):
        table.put_item(Item={"flight_id": flight, "day": "2013-03-08", "gate": "B4", "delay": delay})
    lab.run()
    sqs = lab.client("sqs")
    found = {}
    for name in QUEUES:
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        bodies = [message["Body"] for message in messages]
        found[name] = sorted(
            json.loads(body)["detail"]["flight"] if name == "news" else body for body in bodies
        )
    return found


@pytest.fixture
def written() -> tuple[dict[str, list[str]], Template]:
    with Lab(seed=7) as lab:
        build(lab)
        return write(lab), lab.template()


def test_they_come_back_as_they_were(written: tuple[Any, Template], tmp_path: Path) -> None:
    # GIVEN what three flights led to in a lab, and its template
    found, template = written
    assert found == {"all.fifo": ["UA1", "UA2", "UA3"], "late": ["UA2"], "news": ["UA1", "UA2", "UA3"]}
    assert template.check() == []
    template.write(tmp_path / "template.yaml")
    # WHEN another lab is made of it
    with Lab.from_template(tmp_path / "template.yaml", seed=7) as lab:
        # THEN the same flights lead to the same messages
        assert write(lab) == found
        # AND the indexes and the queue's settings are the same
        table = lab.client("dynamodb").describe_table(TableName="flights")["Table"]
        for kind, indexes in INDEXES.items():
            made = [{name: index[name] for name in indexes[0]} for index in table[kind]]
            assert made == indexes
        sqs = lab.client("sqs")
        url = sqs.get_queue_url(QueueName="all.fifo")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert (attributes["FifoQueue"], attributes["VisibilityTimeout"]) == ("true", "90")


def test_the_role_allows_what_was_called_and_no_more(written: tuple[Any, Template]) -> None:
    (policy,) = written[1].policies.values()
    calls = {
        action: statement["Resource"]
        for statement in policy["Statement"]
        if statement["Sid"].startswith("Call")
        for action in statement["Action"]
    }
    assert {action: str(resource).rsplit(":", 1)[-1] for action, resource in calls.items()} == {
        "sns:Publish": "changes",
        "events:PutEvents": "event-bus/airport",
        "sqs:SendMessage": "all.fifo",
    }
