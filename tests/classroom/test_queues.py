"""Queues of lessons: their dead letters, their policy, their count."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from cdc_lab import Lab
from cdc_lab.classroom.queues import accept_from, create_queue, waiting


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(seed=7) as lab:
        yield lab


def test_a_message_that_is_never_deleted_moves_to_the_dead_letters_of_its_queue(lab: Lab) -> None:
    # GIVEN a queue with dead letters after two attempts, and a message in it
    dead = create_queue("dead")
    queue = create_queue("texts", dead, attempts=2, hidden=10)
    sqs = lab.client("sqs")
    sqs.send_message(QueueUrl=queue.url, MessageBody="text")
    assert waiting(queue) == 1
    # WHEN it is received, and received again, and nobody deletes it
    for _ in range(3):
        sqs.receive_message(QueueUrl=queue.url)
        lab.clock.advance(timedelta(seconds=11))
    # THEN it waits in the dead letters alone
    assert (waiting(queue), waiting(dead)) == (0, 1)


def test_a_queue_is_made_once(lab: Lab) -> None:
    assert create_queue("texts") == create_queue("texts")


def test_a_queue_lets_one_topic_in_and_the_topic_reaches_it(lab: Lab) -> None:
    # GIVEN a topic and a queue on it
    sns, queue = lab.client("sns"), create_queue("texts")
    topic = sns.create_topic(Name="flight-events")["TopicArn"]
    # WHEN the queue lets the topic in
    accept_from(queue, "sns.amazonaws.com", topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    sns.publish(TopicArn=topic, Message="text")
    # THEN what is published arrives (D60)
    assert waiting(queue) == 1
    # AND the policy names the service, the action, the queue and the topic, and nobody else
    asked = lab.client("sqs").get_queue_attributes(QueueUrl=queue.url, AttributeNames=["Policy"])
    (statement,) = json.loads(asked["Attributes"]["Policy"])["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue.arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
