"""ReceiveMessage: a wait passes lab time, in a cell and in a handler; groups keep their order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cdc_lab import Lab


@pytest.fixture
def url(lab: Lab) -> str:
    """The URL of an empty queue."""
    found: str = lab.client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    return found


def invoke(lab: Lab, handler: Callable[[Any, Any], Any], **options: Any) -> dict[str, Any]:
    lab.create_function("f", handler, **options)
    answer: dict[str, Any] = lab.client("lambda").invoke(FunctionName="f")
    return answer


def test_a_poll_of_an_empty_queue_waits_as_long_as_it_says(lab: Lab, url: str) -> None:
    before = lab.clock.now()
    answer = lab.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20)
    assert "Messages" not in answer
    assert lab.clock.now() - before == timedelta(seconds=20)


def test_a_poll_without_a_wait_takes_no_time(lab: Lab, url: str) -> None:
    before = lab.clock.now()
    assert "Messages" not in lab.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=0)
    assert lab.clock.now() == before


def test_the_wait_of_the_queue_holds_where_the_call_says_nothing(lab: Lab, url: str) -> None:
    attributes = {"ReceiveMessageWaitTimeSeconds": "5"}
    lab.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=attributes)
    before = lab.clock.now()
    lab.client("sqs").receive_message(QueueUrl=url)
    assert lab.clock.now() - before == timedelta(seconds=5)


def test_a_poll_ends_when_a_delayed_message_shows(lab: Lab, url: str) -> None:
    lab.client("sqs").send_message(QueueUrl=url, MessageBody="m", DelaySeconds=7)
    before = lab.clock.now()
    (message,) = lab.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    assert message["Body"] == "m"
    assert timedelta(seconds=7) < lab.clock.now() - before < timedelta(seconds=7.3)


def test_a_poll_of_a_cell_sees_what_functions_do_meanwhile(lab: Lab, url: str) -> None:
    # GIVEN a function behind a table that sends to the queue
    orders = lab.create_table("orders", "id")
    sqs = lab.client("sqs")
    lab.attach(lambda event, _: sqs.send_message(QueueUrl=url, MessageBody="paid"), orders, name="f")
    orders.put_item(Item={"id": "1"})
    # WHEN the cell polls THEN the lab's time passes until the message is there
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    assert message["Body"] == "paid"


def test_a_poll_of_a_handler_is_cut_by_its_timeout(lab: Lab, url: str) -> None:
    sqs = lab.client("sqs")
    before = lab.clock.now()
    answer = invoke(lab, lambda event, _: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20), timeout=3)
    assert answer["FunctionError"] == "Unhandled"
    assert lab.clock.now() - before == timedelta(seconds=3)


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


def test_a_wait_that_sqs_refuses_is_refused(lab: Lab, url: str) -> None:
    sqs = lab.client("sqs")
    with pytest.raises(sqs.exceptions.ClientError, match="WaitTimeSeconds is invalid"):
        sqs.receive_message(QueueUrl=url, WaitTimeSeconds=21)


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
