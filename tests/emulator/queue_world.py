"""A small world for tests of functions behind queues: one lab, one queue, handlers that remember."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from cdc_lab import Lab

Answer = Callable[[list[str]], Any]


class QueueWorld:
    """A lab with one queue, and what the function behind it saw.

    Attributes
    ----------
    events : list of dict
        Every event delivered, as it was.
    """

    def __init__(self, seed: int = 7, name: str = "orders", **attributes: Any) -> None:
        self.lab = Lab(seed=seed)
        self.sqs = self.lab.client("sqs")
        self.functions = self.lab.client("lambda")
        if name.endswith(".fifo"):
            attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "false", **attributes}
        self.url, self.arn = self.queue(name, **attributes)
        self.events: list[dict[str, Any]] = []
        self._sent = 0

    def queue(self, name: str, **attributes: Any) -> tuple[str, str]:
        """Create a queue; gives its URL and ARN."""
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, found["Attributes"]["QueueArn"]

    def redrive(self, times: int, fifo: bool = False) -> str:
        """Give the queue a dead-letter queue; gives its URL."""
        kinds = {"FifoQueue": "true"} if fifo else {}
        url, arn = self.queue("dead.fifo" if fifo else "dead", **kinds)
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": times})
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"RedrivePolicy": policy})
        return url

    def send(self, *bodies: str, **options: Any) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **options)

    def send_to_group(self, group: str, *bodies: str) -> None:
        for body in bodies:
            self._sent += 1
            self.send(body, MessageGroupId=group, MessageDeduplicationId=str(self._sent))

    def connect(
        self, answer: Answer | None = None, function: dict[str, Any] | None = None, **parameters: Any
    ) -> str:
        """Deploy a function and map the queue to it; gives the mapping's UUID."""

        def handler(event: dict[str, Any], context: Any) -> Any:
            self.events.append(json.loads(json.dumps(event)))
            return answer([record["body"] for record in event["Records"]]) if answer is not None else None

        self.lab.create_function("worker", handler, **(function or {}))
        uuid: str = self.lab.attach("worker", self.arn, **parameters)["UUID"]
        return uuid

    @property
    def batches(self) -> list[list[str]]:
        """The bodies that were delivered, batch by batch."""
        return [[record["body"] for record in event["Records"]] for event in self.events]

    @property
    def arrived(self) -> list[str]:
        """Every body delivered, in order."""
        return [body for batch in self.batches for body in batch]

    def left(self, url: str | None = None) -> list[str]:
        """Return what a queue still holds, once everything in it is visible."""
        self.lab.run(until=timedelta(hours=12))
        where, found = {"QueueUrl": url or self.url}, []
        while batch := self.sqs.receive_message(**where, MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                found.append(message["Body"])
                self.sqs.delete_message(**where, ReceiptHandle=message["ReceiptHandle"])
        return found


def failing(*bad: str) -> Answer:
    """Raises when one of these bodies is in the batch."""

    def answer(bodies: list[str]) -> None:
        if set(bad) & set(bodies):
            raise ValueError(f"cannot process {sorted(set(bad) & set(bodies))}")

    return answer
