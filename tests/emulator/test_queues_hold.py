"""What queues hold: message groups that are blocked or come again in order, and retention."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cdc_lab import Lab


@pytest.fixture
def url(lab: Lab) -> str:
    """The URL of an empty queue."""
    found: str = lab.client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    return found


def test_a_blocked_message_group_is_waited_for_in_vain(lab: Lab) -> None:
    # GIVEN a group of which a message is in flight
    sqs = lab.client("sqs")
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName="orders.fifo", Attributes=fifo)["QueueUrl"]
    for body in ("1", "2"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="a")
    sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1, VisibilityTimeout=60)
    # WHEN the next one is polled for THEN the wait ends without it
    before = lab.clock.now()
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=3)
    assert lab.clock.now() - before == timedelta(seconds=3)


def test_messages_of_a_group_that_are_visible_again_come_in_order(lab: Lab) -> None:
    # GIVEN three messages of one group that were received together and not deleted
    sqs = lab.client("sqs")
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName="orders.fifo", Attributes=fifo)["QueueUrl"]
    for body in "123":
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="a")
    sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=3, VisibilityTimeout=60)
    # WHEN they are visible again THEN they come in their order
    lab.clock.advance(timedelta(seconds=61))
    again = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=3)["Messages"]
    assert [message["Body"] for message in again] == ["1", "2", "3"]


def test_a_message_is_gone_after_its_retention_period(lab: Lab) -> None:
    sqs = lab.client("sqs")
    url = sqs.create_queue(QueueName="short", Attributes={"MessageRetentionPeriod": "60"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="old")
    lab.clock.advance(timedelta(seconds=61))
    sqs.send_message(QueueUrl=url, MessageBody="new")
    (message,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert message["Body"] == "new"
