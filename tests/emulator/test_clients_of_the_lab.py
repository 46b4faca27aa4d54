"""A client of the lab, however it was made, makes each call once and shares nothing with another."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from cdc_lab import Lab


def queue(lab: Lab) -> Any:
    return lab.resource("sqs").create_queue(QueueName="q")


def client(lab: Lab) -> Any:
    return lab.client("sqs")


def default_client(lab: Lab) -> Any:
    return boto3.client("sqs")


def sessions_client(lab: Lab) -> Any:
    return boto3.Session().client("sqs")


@pytest.mark.parametrize("made", [client, default_client, sessions_client])
def test_a_call_of_another_service_is_answered_once(made: Any, lab: Lab) -> None:
    # GIVEN a queue, and a client of one of the ways in which one is made
    url = queue(lab).url
    # WHEN it sends one message
    made(lab).send_message(QueueUrl=url, MessageBody="x")
    # THEN one message is there
    attributes = lab.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"]
    assert attributes == {"ApproximateNumberOfMessages": "1"}


def test_two_clients_do_not_share_what_is_registered_with_one(lab: Lab) -> None:
    # GIVEN two equal clients
    lab.create_table("tab", "pk")
    one, other = boto3.client("dynamodb"), boto3.client("dynamodb")
    heard: list[str] = []
    # WHEN something is registered with one of them
    one.meta.events.register("before-parameter-build.dynamodb", lambda **given: heard.append("one"))
    other.list_tables()
    # THEN the other one does not know it
    assert heard == []
    one.list_tables()
    assert heard == ["one"]
