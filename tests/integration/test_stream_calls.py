"""The streams API's readings, refusals and edges, beside genuine DynamoDB Local's, or judged by a fact."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from cdc_lab import Lab

from ..strategies import TABLE
from .cases_streams import CALLS, OpenStream, open_stream
from .comparing import differences
from .dynamodb_local import DynamoDBLocal
from .running import BotoSide, Outcome, Side, attempt

pytestmark = pytest.mark.integration

# Where DynamoDB Local's code is not the service's: the code that is, and the fact.
BY_FACT = {
    "iterate at a number from before the stream": ("TrimmedDataAccessException", "B17"),
    "iterate at what is no number": ("ValidationException", "A8"),  # DynamoDB Local: InternalFailure
    "iterate at a number that is still to come": (
        "ValidationException",
        "A8",
    ),  # DynamoDB Local: InternalFailure
    "read from an iterator that was altered": ("ValidationException", "B11"),  # DynamoDB Local: no records
    "describe what is no ARN": ("ValidationException", "B29"),  # DynamoDB Local: ResourceNotFoundException
    "list after what is no ARN": ("ValidationException", "B29"),  # DynamoDB Local: an answer
    "read from an iterator that was cut": (
        "ValidationException",
        "B11",
    ),  # DynamoDB Local: expired, without a text
}
# boto3 refuses these itself, by the lengths in the API's model, before any service sees them.
REFUSED_BY_BOTO3 = {"iterate at a number that is too short"}


@pytest.fixture(scope="module")
def streams(dynamodb_local: DynamoDBLocal) -> Iterator[list[tuple[Side, OpenStream]]]:
    """The same stream on both sides, which no test changes."""
    with Lab(seed=7) as lab:
        sides: list[Side] = [dynamodb_local.client, BotoSide(lab.client)]
        yield [(side, open_stream(side)) for side in sides]
        dynamodb_local.client.call("dynamodb", "DeleteTable", {"TableName": TABLE})


@pytest.mark.parametrize("name", CALLS)
def test_streams_call(streams: list[tuple[Side, OpenStream]], name: str) -> None:
    # WHEN the call is made on both sides
    expected, got = (attempt(side, "dynamodbstreams", *CALLS[name](stream)) for side, stream in streams)
    # THEN it succeeds alike or is refused with the same code
    if name in REFUSED_BY_BOTO3:
        assert got.code == "Python's ParamValidationError"
        assert expected.code == "ValidationException"
    elif name in BY_FACT:
        assert got.code == BY_FACT[name][0]
        assert got.message
    else:
        assert got.code == expected.code
        shapes = (_shape(one, stream) for one, (_, stream) in zip((expected, got), streams, strict=True))
        found = list(differences("answer", *shapes))
        assert not found, "\n".join(map(str, found))


def test_unknown_stream_text(streams: list[tuple[Side, OpenStream]]) -> None:
    """B18 is the one text of this API that was recorded from AWS."""
    for side, stream in streams:
        arn = stream.unknown_arn()
        outcome = attempt(side, "dynamodbstreams", "DescribeStream", {"StreamArn": arn})
        assert outcome.code == "ResourceNotFoundException"
        assert outcome.message == f"Requested resource not found: Stream: {arn} not found"


def _read(side: Side, stream: OpenStream, position: dict[str, str], pages: list[int]) -> list[list[Any]]:
    """What pages of these limits hold: each record's name and image."""
    start = stream.position(**position)
    iterator = side.call("dynamodbstreams", "GetShardIterator", start)["ShardIterator"]
    found = []
    for limit in pages:
        params = {"ShardIterator": iterator, "Limit": limit}
        page = side.call("dynamodbstreams", "GetRecords", params)
        again = side.call("dynamodbstreams", "GetRecords", params)
        assert page["Records"] == again["Records"]  # an iterator is a position: it can be used twice
        found.append([(one["eventName"], one["dynamodb"]["NewImage"]) for one in page["Records"]])
        iterator = page["NextShardIterator"]
    return found


@pytest.mark.parametrize("pages", [[1000, 1000], [1, 1, 1, 1], [2, 2]])
@pytest.mark.parametrize("record", [0, 1, 2])
@pytest.mark.parametrize("kind", ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"])
def test_reading_from_a_number(
    streams: list[tuple[Side, OpenStream]], kind: str, record: int, pages: list[int]
) -> None:
    expected, got = (
        _read(side, stream, {"ShardIteratorType": kind, "SequenceNumber": stream.numbers[record]}, pages)
        for side, stream in streams
    )
    assert got == expected
    assert sum(map(len, got)) == min(sum(pages), 3 - record - (kind == "AFTER_SEQUENCE_NUMBER"))


@pytest.mark.parametrize("pages", [[1000, 1000], [1, 1, 1, 1], [2, 2]])
@pytest.mark.parametrize(("kind", "count"), [("TRIM_HORIZON", 3), ("LATEST", 0)])
def test_reading_from_an_end(
    streams: list[tuple[Side, OpenStream]], kind: str, count: int, pages: list[int]
) -> None:
    expected, got = (_read(side, stream, {"ShardIteratorType": kind}, pages) for side, stream in streams)
    assert got == expected
    assert sum(map(len, got)) == count


@pytest.mark.parametrize("name", BY_FACT)
def test_divergence_is_still_there(streams: list[tuple[Side, OpenStream]], name: str) -> None:
    """A row of the table that DynamoDB Local no longer needs has to go."""
    side, stream = streams[0]
    assert attempt(side, "dynamodbstreams", *CALLS[name](stream)).code != BY_FACT[name][0]


def _shape(outcome: Outcome, stream: OpenStream) -> Any:
    """An answer without what every stream has of its own: ARN, label, shard ids, numbers, times."""
    answer = dict(outcome.answer)
    if "Streams" in answer:  # DynamoDB Local also lists those of earlier tests
        answer["Streams"] = [one for one in answer["Streams"] if one["StreamArn"] == stream.arn]
    return _without_own(answer)


def _without_own(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_own(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_own(member) for member in value]
    if isinstance(value, str):
        return re.sub(
            r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{8,}|arn:\S+|\d{4}-\d\d-\d\dT\S+|shardId-\S+|us-east-1|ddblocal",
            "*",
            value,
        )
    return value if isinstance(value, (bool, int)) else type(value).__name__
