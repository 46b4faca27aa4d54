"""Each row of the table of divergences: DynamoDB Local still diverges, and the lab follows the fact."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from cdc_lab import Lab

from ..strategies import Call, History, TableSpec
from .building import KEY, OTHER, check, delete, number, put, transact, update
from .divergences import KNOWN
from .dynamodb_local import DynamoDBLocal
from .running import BotoSide, Run, Side, run

pytestmark = pytest.mark.integration

HASH = TableSpec("S", None, "NEW_AND_OLD_IMAGES")
THREE = (put(KEY), put(KEY | {"delay": {"N": "1"}}), put(OTHER))


def _run(side: Side, *calls: Call) -> Run:
    return run(side, History(HASH, calls))


def _inside(found: Run, name: str) -> list[Any]:
    return [record["dynamodb"][name] for record in found.records]


def creation_time(local: Side) -> None:
    assert all(
        time.second == time.microsecond == 0
        for time in _inside(_run(local, *THREE), "ApproximateCreationDateTime")
    )
    with Lab(start=datetime(2013, 3, 8, 10, 0, 7, 900_000, tzinfo=UTC)) as lab:
        times = _inside(_run(BotoSide(lab.client), *THREE), "ApproximateCreationDateTime")
    assert times == [datetime(2013, 3, 8, 10, 0, 7, tzinfo=UTC)] * 3


def region(local: Side) -> None:
    assert {record["awsRegion"] for record in _run(local, put(KEY)).records} == {"ddblocal"}
    with Lab() as lab:
        here = _run(BotoSide(lab.client), put(KEY))
        there = _run(BotoSide(lambda service: lab.client(service, region="eu-west-1")), put(KEY))
    assert [record["awsRegion"] for record in here.records + there.records] == ["us-east-1", "eu-west-1"]


def event_id(local: Side) -> None:
    assert all("-" in record["eventID"] for record in _run(local, *THREE).records)
    with Lab() as lab:
        found = [record["eventID"] for record in _run(BotoSide(lab.client), *THREE).records]
    assert len(set(found)) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in found)


def sequence_number(local: Side) -> None:
    assert all(one.startswith("000000") for one in _inside(_run(local, *THREE), "SequenceNumber"))
    with Lab() as lab:
        found = _inside(_run(BotoSide(lab.client), *THREE), "SequenceNumber")
    assert all(re.fullmatch("[1-9][0-9]{20,39}", one) for one in found)
    first, second, third = map(int, found)
    assert first + 1 < second
    assert second + 1 < third


def computed_number(local: Side) -> None:
    calls = put(KEY | {"n": {"N": "123.456"}}), update("ADD n :n", number("246.9120"))
    assert _run(local, *calls).items[0]["n"] == {"N": "370.3680"}
    with Lab() as lab:
        found = _run(BotoSide(lab.client), *calls)
    assert found.items[0]["n"] == found.records[-1]["dynamodb"]["NewImage"]["n"] == {"N": "370.368"}


def cancelled_by_an_item(local: Side) -> None:
    impossible = transact(("Put", put(OTHER)), ("Update", update("SET nothing.at = :n", number("1"))))
    assert _run(local, put(KEY), impossible).outcomes[-1].code == "ValidationException"
    with Lab() as lab:
        found = _run(BotoSide(lab.client), put(KEY), impossible)
    assert found.outcomes[-1].code == "TransactionCanceledException"
    untouched, refused = found.outcomes[-1].answer["CancellationReasons"]
    assert untouched == {"Code": "None"}
    assert refused["Code"] == "ValidationError"
    assert found.items == [KEY]
    assert len(found.records) == 1


def consumed_capacity(local: Side) -> None:
    assert "ConsumedCapacity" in _run(local, delete()).outcomes[0].answer
    with Lab() as lab:
        assert _run(BotoSide(lab.client), delete()).outcomes[0].answer == {}


def final_period(local: Side) -> None:
    fails = transact(check("attribute_exists(pk)"))
    texts = []
    with Lab() as lab:
        for side in (local, BotoSide(lab.client)):
            texts.append(_run(side, fails).outcomes[0].answer["CancellationReasons"][0]["Message"])
    assert [text.rstrip(".") for text in texts] == ["The conditional request failed"] * 2


PROOFS: dict[str, Callable[[Side], None]] = {
    "ApproximateCreationDateTime": creation_time,
    "awsRegion": region,
    "eventID": event_id,
    "SequenceNumber": sequence_number,
    "a number that an update computes": computed_number,
    "a transaction with an update that its item does not allow": cancelled_by_an_item,
    "ConsumedCapacity that nobody asked for": consumed_capacity,
    "the text of a failed condition among the reasons": final_period,
}


def test_every_row_is_proven() -> None:
    assert list(PROOFS) == [divergence.what for divergence in KNOWN]


@pytest.mark.parametrize("what", PROOFS)
def test_divergence(dynamodb_local: DynamoDBLocal, what: str) -> None:
    PROOFS[what](dynamodb_local.client)
    dynamodb_local.refresh()
