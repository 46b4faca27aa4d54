"""The on-failure destination: what is sent about records that were given up."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol


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
    condition : str
        ``RetryAttemptsExhausted`` or ``RecordAgeExceeded`` (C41).
    function_error : str or None
        ``Unhandled``; None when partial responses used up the retries (C40).
    payload : dict
        The event that would be invoked with, for S3 (C44).
    """

    function_arn: str
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
            "functionArn": failure.function_arn,  # C42: no qualifier
            "condition": failure.condition,
            # Recorded as 1 even when the records were too old before any invocation (C41).
            "approximateInvokeCount": max(1, failure.invoke_count),
        }
    }
    if failure.condition == "RetryAttemptsExhausted":  # C41: the other condition has no such part
        body["responseContext"] = {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": failure.function_error,
        }
    body["version"] = "1.0"
    body["timestamp"] = _iso(failure.at, "milliseconds")  # C39
    first, last = failure.records[0], failure.records[-1]
    body["DDBStreamBatchInfo"] = {
        "shardId": failure.shard_id,
        "startSequenceNumber": str(first.sequence_number),
        "endSequenceNumber": str(last.sequence_number),
        "approximateArrivalOfFirstRecord": _iso(int(first.written), "seconds"),
        "approximateArrivalOfLastRecord": _iso(int(last.written), "seconds"),
        "batchSize": len(failure.records),
        "streamArn": failure.stream_arn,
    }
    return body


def _iso(moment: float, precision: str) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec=precision)[:-6] + "Z"


class Destinations:
    """Sends failure records with the lab's own clients.

    Parameters
    ----------
    clients : callable
        Gives the boto3 client of a service.
    """

    def __init__(self, clients: Callable[[str], Any], seed: int) -> None:
        self._clients = clients
        self._random = random.Random(f"{seed}:destinations")

    def send(self, arn: str, failure: GivenUp) -> bool:
        """Send; whether the destination took it. A refusal loses the message (C45)."""
        from botocore.exceptions import BotoCoreError, ClientError

        body = message(failure, self._uuid())
        try:
            self._deliver(arn, failure, body)
        except (ClientError, BotoCoreError):
            return False
        return True

    def _deliver(self, arn: str, failure: GivenUp, body: dict[str, Any]) -> None:
        service, account, name = arn.split(":")[2], arn.split(":")[4], arn.rsplit(":", 1)[-1]
        client = self._clients(service)
        if service == "sqs":
            url = client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
            client.send_message(QueueUrl=url, MessageBody=json.dumps(body))
        elif service == "sns":
            client.publish(TopicArn=arn, Message=json.dumps(body))  # C43
        else:
            body["payload"] = json.dumps(failure.payload())
            client.put_object(Bucket=name, Key=self._key(failure), Body=json.dumps(body).encode())

    def _key(self, failure: GivenUp) -> str:
        moment = datetime.fromtimestamp(failure.at, UTC)
        return (
            f"aws/lambda/{failure.mapping}/{failure.shard_id}/{moment:%Y/%m/%d}/"
            f"{moment:%Y-%m-%dT%H.%M.%S}-{self._uuid()}"
        )

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))
