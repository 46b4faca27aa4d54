"""Destinations: what is sent about records that were given up, and how any record is sent."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from cdc_lab.clock import iso_text
from cdc_lab.emulator.lambda_.ids import seeded_uuid


class Arrived(Protocol):
    """A stream record, as far as a failure record tells of it."""

    @property
    def sequence_number(self) -> int:
        """Its position in the shard."""

    @property
    def written(self) -> float:
        """When it arrived, in epoch seconds."""


class GivenUp(NamedTuple):
    """Records given up together, and why.

    Attributes
    ----------
    function_arn : str
        As the mapping names it: with a qualifier, if it has one (C42).
    version : str
        The version of the function that ran last.
    condition : str
        ``RetryAttemptsExhausted`` or ``RecordAgeExceeded`` (C41).
    function_error : str or None
        ``Unhandled``; None when partial responses used up the retries (C40).
    payload : dict
        The event that would be invoked with, for S3 (C44).
    """

    function_arn: str
    version: str
    stream_arn: str
    shard_id: str
    mapping: str
    condition: str
    invoke_count: int
    function_error: str | None
    records: Sequence[Arrived]
    at: float
    payload: Callable[[], dict[str, Any]]


def message(failure: GivenUp, request_id: str) -> dict[str, Any]:
    """The JSON of one failure: metadata only, never the records (C38)."""
    body: dict[str, Any] = {
        "requestContext": {
            "requestId": request_id,
            "functionArn": failure.function_arn,  # C42
            "condition": failure.condition,
            # Recorded as 1 even when the records were too old before any invocation (C41).
            "approximateInvokeCount": max(1, failure.invoke_count),
        }
    }
    if failure.condition == "RetryAttemptsExhausted":  # C41: the other condition has no such part
        body["responseContext"] = {
            "statusCode": 200,
            "executedVersion": failure.version,
            "functionError": failure.function_error,
        }
    body["version"] = "1.0"
    body["timestamp"] = iso_text(failure.at)  # C39
    first, last = failure.records[0], failure.records[-1]
    body["DDBStreamBatchInfo"] = {
        "shardId": failure.shard_id,
        "startSequenceNumber": str(first.sequence_number),
        "endSequenceNumber": str(last.sequence_number),
        "approximateArrivalOfFirstRecord": iso_text(int(first.written), "seconds"),
        "approximateArrivalOfLastRecord": iso_text(int(last.written), "seconds"),
        "batchSize": len(failure.records),
        "streamArn": failure.stream_arn,
    }
    return body


Allows = Callable[[str, str, str], bool]
"""Tells whether the role of a function (its ARN) may do an action on a resource."""

_ACTIONS = {
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "s3": "s3:PutObject",
    "lambda": "lambda:InvokeFunction",
    "events": "events:PutEvents",
}


class Destinations:
    """Sends records of failures and successes with the lab's own clients, by right of the function's role.

    Parameters
    ----------
    clients : callable
        Gives the boto3 client of a service in a region.
    allows : Allows
    """

    def __init__(self, clients: Callable[[str, str], Any], seed: int, allows: Allows) -> None:
        self._clients = clients
        self._random = random.Random(f"{seed}:destinations")
        self._allows = allows

    def send(self, arn: str, failure: GivenUp) -> bool:
        """Send the record of a mapping; return whether the destination took it (C45)."""
        body = message(failure, self._uuid())
        if arn.split(":")[2] == "s3":
            body["payload"] = json.dumps(failure.payload())  # C44
        folder = f"aws/lambda/{failure.mapping}/{failure.shard_id}"
        return self.deliver(failure.function_arn, arn, body, failure.at, folder)

    def deliver(self, function_arn: str, arn: str, body: dict[str, Any], at: float, folder: str) -> bool:
        """Send a record to a queue, topic, bucket, function or event bus.

        Parameters
        ----------
        at : float
            Epoch seconds.
        folder : str
            Where in a bucket the object lies.

        Returns
        -------
        bool
            Whether the destination took it. A refusal loses the record.
        """
        text = json.dumps(body)
        service, name = arn.split(":")[2], arn.rsplit(":", 1)[-1]
        if service == "s3":
            moment = datetime.fromtimestamp(at, UTC)
            key = f"{folder}/{moment:%Y/%m/%d}/{moment:%Y-%m-%dT%H.%M.%S}-{self._uuid()}"
            return self._try(
                function_arn,
                f"{arn}/{key}",
                lambda s3: s3.put_object(Bucket=name, Key=key, Body=text.encode()),
            )
        if service == "lambda":
            return self._try(
                function_arn,
                arn,
                lambda client: client.invoke(FunctionName=arn, InvocationType="Event", Payload=text),
            )
        if service == "events":
            kind = "Success" if body["requestContext"]["condition"] == "Success" else "Failure"
            entry = {
                "Source": "lambda",
                "DetailType": f"Lambda Function Invocation Result - {kind}",
                "Resources": [arn, body["requestContext"]["functionArn"]],
                "Detail": text,
                "EventBusName": arn,
            }
            return self._try(function_arn, arn, lambda events: events.put_events(Entries=[entry]))
        return self.post(function_arn, arn, text)

    def post(
        self, function_arn: str, arn: str, text: str, attributes: dict[str, dict[str, str]] | None = None
    ) -> bool:
        """Send a text with message attributes to a queue or topic; return whether it was taken."""
        more = {"MessageAttributes": attributes} if attributes else {}
        if arn.split(":")[2] == "sns":
            return self._try(function_arn, arn, lambda sns: sns.publish(TopicArn=arn, Message=text, **more))
        account, name = arn.split(":")[4:6]

        def to_queue(sqs: Any) -> None:
            url = sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
            sqs.send_message(QueueUrl=url, MessageBody=text, **more)

        return self._try(function_arn, arn, to_queue)

    def _try(self, function_arn: str, resource: str, call: Callable[[Any], object]) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError

        service, region = resource.split(":")[2:4]
        if not self._allows(function_arn, _ACTIONS[service], resource):
            return False
        try:
            # A bucket's ARN has no region.
            call(self._clients(service, region or function_arn.split(":")[3]))
        except (ClientError, BotoCoreError):
            return False
        return True

    def _uuid(self) -> str:
        return seeded_uuid(self._random)
