"""Named calls of the streams API that are refused or sit on an edge, on an open stream with three records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..strategies import TABLE, Params, TableSpec
from .building import KEY, number, put, update
from .running import Side


@dataclass(frozen=True)
class OpenStream:
    """A stream with three records, as a test meets it."""

    arn: str
    shard_id: str
    numbers: tuple[str, str, str]
    trim_horizon: str

    def unknown_arn(self) -> str:
        """The ARN of a stream that never was: the same table, another label."""
        return f"{self.arn.rpartition('/')[0]}/2001-02-03T04:05:06.789"

    def position(self, **more: str) -> Params:
        """What GetShardIterator takes to be told the rest."""
        return {"StreamArn": self.arn, "ShardId": self.shard_id} | more


def open_stream(side: Side) -> OpenStream:
    """Create the table and write three records."""
    spec = TableSpec("S", None, "NEW_AND_OLD_IMAGES")
    arn = side.call("dynamodb", "CreateTable", spec.create_params())["TableDescription"]["LatestStreamArn"]
    for call in (put(KEY), update("SET delay = :n", number("1")), update("SET delay = :n", number("2"))):
        side.call("dynamodb", call.operation, call.params)
    shard = side.call("dynamodbstreams", "DescribeStream", {"StreamArn": arn})["StreamDescription"]["Shards"][
        0
    ]
    start = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    iterator = side.call("dynamodbstreams", "GetShardIterator", start)["ShardIterator"]
    records = side.call("dynamodbstreams", "GetRecords", {"ShardIterator": iterator})["Records"]
    one, two, three = (record["dynamodb"]["SequenceNumber"] for record in records)
    return OpenStream(arn, shard["ShardId"], (one, two, three), iterator)


Make = Callable[[OpenStream], tuple[str, Params]]


def _iterator(**more: str) -> Make:
    return lambda stream: ("GetShardIterator", stream.position(**more))


def _records(iterator: Callable[[OpenStream], str], **more: int) -> Make:
    return lambda stream: ("GetRecords", {"ShardIterator": iterator(stream)} | more)


def _describe(**more: str | int) -> Make:
    return lambda stream: ("DescribeStream", {"StreamArn": stream.arn} | more)


def _list(**more: str | int) -> Make:
    return lambda stream: ("ListStreams", dict(more))


UNKNOWN_SHARD = "shardId-00000000000000000001-f55eea83"

CALLS: dict[str, Make] = {
    "describe a stream that never was": lambda stream: (
        "DescribeStream",
        {"StreamArn": stream.unknown_arn()},
    ),
    "describe what is no ARN": lambda stream: ("DescribeStream", {"StreamArn": "x" * 40}),
    "describe the table's ARN": lambda stream: (
        "DescribeStream",
        {"StreamArn": stream.arn.partition("/stream")[0]},
    ),
    "describe after a shard that is not there": _describe(ExclusiveStartShardId=UNKNOWN_SHARD),
    "describe after what is no shard id": _describe(ExclusiveStartShardId="x" * 30),
    "describe after the last shard": lambda stream: (
        "DescribeStream",
        {"StreamArn": stream.arn, "ExclusiveStartShardId": stream.shard_id},
    ),
    "describe 101 shards": _describe(Limit=101),
    "describe 100 shards": _describe(Limit=100),
    "list the streams of a table": _list(TableName=TABLE),
    "list the streams of a table that is not there": _list(TableName="nowhere"),
    "list after what is no ARN": _list(ExclusiveStartStreamArn="x" * 40),
    "list 101 streams": _list(Limit=101),
    "list after the last stream": lambda stream: (
        "ListStreams",
        {"TableName": TABLE, "ExclusiveStartStreamArn": stream.arn},
    ),
    "iterate a stream that never was": lambda stream: (
        "GetShardIterator",
        stream.position(ShardIteratorType="LATEST") | {"StreamArn": stream.unknown_arn()},
    ),
    "iterate a shard that is not there": lambda stream: (
        "GetShardIterator",
        stream.position(ShardIteratorType="LATEST") | {"ShardId": UNKNOWN_SHARD},
    ),
    "iterate what is no shard id": lambda stream: (
        "GetShardIterator",
        stream.position(ShardIteratorType="LATEST") | {"ShardId": "x" * 30},
    ),
    "iterate from a type that is none": _iterator(ShardIteratorType="AT_NOON"),
    "iterate at no number": _iterator(ShardIteratorType="AT_SEQUENCE_NUMBER"),
    "iterate after no number": _iterator(ShardIteratorType="AFTER_SEQUENCE_NUMBER"),
    "iterate at what is no number": _iterator(
        ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber="x" * 21
    ),
    "iterate at a number that is too short": _iterator(
        ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber="1"
    ),
    "iterate at a number from before the stream": _iterator(
        ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber="0" * 20 + "1"
    ),
    "iterate at a number that is still to come": _iterator(
        ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber="9" * 21
    ),
    "iterate from the trim horizon with a number": lambda stream: (
        "GetShardIterator",
        stream.position(ShardIteratorType="TRIM_HORIZON", SequenceNumber=stream.numbers[1]),
    ),
    "iterate from the latest with a number": lambda stream: (
        "GetShardIterator",
        stream.position(ShardIteratorType="LATEST", SequenceNumber=stream.numbers[1]),
    ),
    "read from what is no iterator": _records(lambda stream: "x" * 40),
    "read from a word": _records(lambda stream: "bogus"),
    "read from an iterator that was altered": _records(
        lambda stream: stream.trim_horizon.replace(stream.arn, stream.unknown_arn())
    ),
    "read from an iterator that was cut": _records(lambda stream: stream.trim_horizon[:-8]),
    "read from an iterator without its end": _records(lambda stream: f"{stream.arn}|1|"),
    "read 1001 records": _records(lambda stream: stream.trim_horizon, Limit=1001),
    "read 1000 records": _records(lambda stream: stream.trim_horizon, Limit=1000),
}
