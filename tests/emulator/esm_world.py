"""A small world for tests of the event source mapping: one lab, one table, handlers that remember."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from cdc_lab import Lab


def numbers(event: dict[str, Any]) -> list[int]:
    """The attribute n of each record of an event, whichever image it has."""
    found = []
    for record in event["Records"]:
        body = record["dynamodb"]
        image = body.get("NewImage") or body.get("OldImage")
        found.append(int(image["n"]["N"]))
    return found


def sequence_number(record: dict[str, Any]) -> str:
    return record["dynamodb"]["SequenceNumber"]


class World:
    """A lab with one table, and what its handlers saw.

    Attributes
    ----------
    events : list of dict
        Every event delivered, as it was.
    seen : list of list of int
        The attribute n of the records, delivery by delivery.
    """

    def __init__(self, seed: int = 7, shards: int = 1, region: str = "us-east-1", **table: Any) -> None:
        self.lab = Lab(seed=seed, region=region)
        self.table = self.lab.create_table("flights", "flight_id", shards=shards, **table)
        self.arn = self.lab.stream_arn(self.table)
        self.functions = self.lab.client("lambda")
        self.sqs = self.lab.client("sqs")
        self.events: list[dict[str, Any]] = []
        self.seen: list[list[int]] = []
        self._count = 0

    def write(self, items: int | Iterable[tuple[str, int]] = 1) -> None:
        """Put items: so many new ones, numbered on, or given (id, n) pairs."""
        if isinstance(items, int):
            pairs: Iterable[tuple[str, int]] = [
                (f"F{number}", number) for number in range(self._count, self._count + items)
            ]
            self._count += items
        else:
            pairs = items
        for flight, number in pairs:
            self.table.put_item(Item={"flight_id": flight, "n": number})

    @property
    def arrived(self) -> list[int]:
        """The attribute n of every record delivered, in the order of delivery."""
        return [number for batch in self.seen for number in batch]

    def remembering(self, answer: Callable[[dict[str, Any], Any], Any] | None = None) -> Callable[..., Any]:
        """A handler that notes each event before it answers."""

        def handler(event: dict[str, Any], context: Any) -> Any:
            self.events.append(json.loads(json.dumps(event)))
            self.seen.append(numbers(event))
            return answer(event, context) if answer is not None else None

        return handler

    def connect(
        self,
        answer: Callable[[dict[str, Any], Any], Any] | None = None,
        name: str = "board",
        function: dict[str, Any] | None = None,
        **parameters: Any,
    ) -> str:
        """Deploy a remembering handler and map the stream to it; gives the mapping's UUID."""
        self.lab.create_function(name, self.remembering(answer), **(function or {}))
        uuid: str = self.lab.attach(name, self.arn, **parameters)["UUID"]
        return uuid

    def state(self, uuid: str) -> str:
        state: str = self.functions.get_event_source_mapping(UUID=uuid)["State"]
        return state

    def settle(self, seconds: float = 2) -> None:
        """Let lab time pass, so that a mapping reaches its state."""
        self.lab.run(until=timedelta(seconds=seconds))

    def queue(self, name: str = "failures", region: str | None = None) -> tuple[str, str]:
        """A standard queue: URL and ARN."""
        sqs = self.lab.client("sqs", region)
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, attributes["Attributes"]["QueueArn"]

    def messages(self, url: str, region: str | None = None) -> list[dict[str, Any]]:
        """Everything in a queue."""
        sqs = self.lab.client("sqs", region)
        found: list[dict[str, Any]] = []
        while True:
            batch = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            if not batch:
                return found
            for message in batch:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def on_failure(arn: str) -> dict[str, Any]:
    return {"OnFailure": {"Destination": arn}}


def poisoned(*bad: int) -> Callable[[dict[str, Any], Any], None]:
    """Raises when one of these numbers is in the batch."""

    def answer(event: dict[str, Any], context: Any) -> None:
        wrong = sorted(set(bad) & set(numbers(event)))
        if wrong:
            raise ValueError(f"cannot process {wrong}")

    return answer


def reporting(*bad: int) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """Stops at the first of these numbers and reports its sequence number."""

    def answer(event: dict[str, Any], context: Any) -> dict[str, Any]:
        for record, number in zip(event["Records"], numbers(event), strict=True):
            if number in bad:
                return {"batchItemFailures": [{"itemIdentifier": sequence_number(record)}]}
        return {"batchItemFailures": []}

    return answer


REPORT = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
