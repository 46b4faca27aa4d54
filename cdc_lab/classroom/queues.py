"""Queues of lessons: each with dead letters of its own, open to one topic or rule, and counted.

The functions make their calls through boto3's default session, as a handler does, so they act on the lab
that is open.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import boto3


class Queue(NamedTuple):
    """A queue by its two names: the URL for SQS's own calls, the ARN for everybody else."""

    url: str
    arn: str


def create_queue(name: str, dead_letters: Queue | None = None, attempts: int = 3, hidden: int = 30) -> Queue:
    """Create a queue, or return the one that has this name and these attributes.

    Parameters
    ----------
    name : str
    dead_letters : Queue, optional
        Where a message goes that was received `attempts` times and never deleted (D25).
    attempts : int
        ``maxReceiveCount``.
    hidden : int
        For how many seconds a message is hidden once it was received: its visibility timeout (D25).
    """
    sqs = boto3.client("sqs")
    attributes = {"VisibilityTimeout": str(hidden)}
    if dead_letters is not None:
        redrive = {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": attempts}
        attributes["RedrivePolicy"] = json.dumps(redrive)
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    found: dict[str, Any] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return Queue(url, found["Attributes"]["QueueArn"])


def accept_from(queue: Queue, service: str, source_arn: str) -> None:
    """Let a service put messages into a queue, on behalf of one topic or one rule only (D60).

    Parameters
    ----------
    queue : Queue
    service : str
        ``sns.amazonaws.com`` or ``events.amazonaws.com``.
    source_arn : str
        Of the topic or the rule.
    """
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": queue.arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    boto3.client("sqs").set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": policy})


def waiting(queue: Queue) -> int:
    """Count the messages that a consumer would receive now: neither hidden nor deleted."""
    name = "ApproximateNumberOfMessages"
    answer = boto3.client("sqs").get_queue_attributes(QueueUrl=queue.url, AttributeNames=[name])
    return int(answer["Attributes"][name])
