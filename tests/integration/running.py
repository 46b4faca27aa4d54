"""Runs one history on one side, genuine DynamoDB Local or what is judged by it, and keeps what was seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore import xform_name
from botocore.exceptions import ClientError

from ..strategies import TABLE, History

Params = dict[str, Any]
MAX_PAGES = 1_000


class Side(Protocol):
    """Something that answers DynamoDB's calls."""

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Make one call; raises ``ClientError`` as boto3 does."""


class BotoSide:
    """A side that is reached through boto3 clients.

    Parameters
    ----------
    client : Callable[[str], Any]
        Makes the client of a service, such as ``lab.client``.
    """

    def __init__(self, client: Callable[[str], Any]) -> None:
        self._clients = {service: client(service) for service in ("dynamodb", "dynamodbstreams")}

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(self._clients[service], xform_name(operation))(**params)
        return answer


@dataclass(frozen=True)
class Outcome:
    """What one call came to: its answer, or the error's code, message and further members."""

    code: str | None
    message: str | None
    answer: Params

    @property
    def ok(self) -> bool:
        """Whether the call succeeded."""
        return self.code is None


@dataclass
class Run:
    """What one side showed of a history.

    Attributes
    ----------
    outcomes : list of Outcome
        What each call came to.
    items : list
        The table's items at the end.
    records : list of list
        The records that each call wrote.
    reread : list
        The whole stream, read once more at the end.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    items: list[Params] = field(default_factory=list)
    records: list[list[Params]] = field(default_factory=list)
    reread: list[Params] = field(default_factory=list)


def attempt(side: Side, service: str, operation: str, params: Mapping[str, Any]) -> Outcome:
    """Make a call and keep its outcome, an unexpected Python error included: that too is a difference."""
    try:
        answer = side.call(service, operation, params)
    except ClientError as error:
        rest: Any = {
            k: v for k, v in error.response.items() if k not in ("Error", "ResponseMetadata", "message")
        }
        found = error.response["Error"]
        return Outcome(found["Code"], found.get("Message", ""), rest)
    except Exception as error:
        return Outcome(f"Python's {type(error).__name__}", str(error), {})
    return Outcome(None, None, {k: v for k, v in answer.items() if k != "ResponseMetadata"})


def run(side: Side, history: History) -> Run:
    """Create the table, make every call and read its records, read everything, delete the table."""
    created = side.call("dynamodb", "CreateTable", history.table.create_params())
    found = Run()
    try:
        arn = created["TableDescription"]["LatestStreamArn"]
        tails = [Tail(side, arn, shard_id) for shard_id in shard_ids(side, arn)]
        for call in history.calls:
            found.outcomes.append(attempt(side, "dynamodb", call.operation, call.params))
            found.records.append([record for tail in tails for record in tail.read()])
        found.items = scan(side)
        found.reread = read_stream(side, arn)
    finally:
        side.call("dynamodb", "DeleteTable", {"TableName": TABLE})
    return found


class Tail:
    """A reader of one shard that goes on after the last record that it saw.

    It asks for an iterator each time: DynamoDB Local refuses some that it gave on an empty shard
    itself (TrimmedDataAccessException).
    """

    def __init__(self, side: Side, arn: str, shard_id: str) -> None:
        self._side = side
        self._shard = {"StreamArn": arn, "ShardId": shard_id}
        self._position = {"ShardIteratorType": "TRIM_HORIZON"}

    def read(self) -> list[Params]:
        """What came since the last time."""
        records: list[Params] = []
        for _page in range(MAX_PAGES):
            start = self._shard | self._position
            iterator = self._side.call("dynamodbstreams", "GetShardIterator", start)["ShardIterator"]
            page = self._side.call("dynamodbstreams", "GetRecords", {"ShardIterator": iterator})["Records"]
            records += page
            if not page:
                return records
            last = page[-1]["dynamodb"]["SequenceNumber"]
            self._position = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}
        raise AssertionError(f"the shard did not end within {MAX_PAGES} pages")


def scan(side: Side) -> list[Params]:
    """All items of the table."""
    items: list[Params] = []
    params: Params = {"TableName": TABLE, "ConsistentRead": True}
    for _page in range(MAX_PAGES):
        answer = side.call("dynamodb", "Scan", params)
        items += answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return items
        params["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    raise AssertionError(f"Scan did not end within {MAX_PAGES} pages")


def read_stream(side: Side, arn: str) -> list[Params]:
    """All records of a stream, shard after shard in the order that DescribeStream gives."""
    return [record for shard_id in shard_ids(side, arn) for record in read_shard(side, arn, shard_id)]


def shard_ids(side: Side, arn: str) -> list[str]:
    """The shards of a stream."""
    found: list[str] = []
    params: Params = {"StreamArn": arn}
    for _page in range(MAX_PAGES):
        description = side.call("dynamodbstreams", "DescribeStream", params)["StreamDescription"]
        found += [shard["ShardId"] for shard in description["Shards"]]
        if not description.get("LastEvaluatedShardId"):
            return found
        params["ExclusiveStartShardId"] = description["LastEvaluatedShardId"]
    raise AssertionError(f"DescribeStream did not end within {MAX_PAGES} pages")


def read_shard(side: Side, arn: str, shard_id: str) -> list[Params]:
    """A shard's records from the oldest on; an open shard ends with two empty pages."""
    position = {"StreamArn": arn, "ShardId": shard_id, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = side.call("dynamodbstreams", "GetShardIterator", position)["ShardIterator"]
    records: list[Params] = []
    empty = 0
    for _page in range(MAX_PAGES):
        page = side.call("dynamodbstreams", "GetRecords", {"ShardIterator": iterator})
        records += page["Records"]
        iterator = page.get("NextShardIterator")
        empty = 0 if page["Records"] else empty + 1
        if iterator is None or empty == 2:
            return records
    raise AssertionError(f"{shard_id} did not end within {MAX_PAGES} pages")
