"""Global indexes whose keys are made of several attributes (AWS, November 2025; as moto's tests on AWS)."""

from __future__ import annotations

from typing import Any

import pytest

from cdc_lab import Lab
from tests.older_packages import newer_botocore

from .streaming import refused

pytestmark = newer_botocore

ATTRIBUTES = {"pk": "S", "airline": "S", "origin": "S", "day": "S", "delay": "N"}


@pytest.fixture
def client(lab: Lab) -> Any:
    """Flights by airline and origin, sorted by day and delay; one of them without a delay."""
    client = lab.client("dynamodb")
    keys = [("airline", "HASH"), ("origin", "HASH"), ("day", "RANGE"), ("delay", "RANGE")]
    client.create_table(
        TableName="tab",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in ATTRIBUTES.items()],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "late",
                "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    for number, (day, delay) in enumerate(
        [("08", "9"), ("08", "100"), ("08", "20"), ("09", "5"), ("07", "-3")]
    ):
        _put(client, number, origin="JFK", day=day, delay=delay)
    _put(client, 5, origin="EWR", day="08", delay="1")
    _put(client, 6, origin="JFK", day="08", delay=None)
    return client


def _put(client: Any, number: int, origin: str, day: str, delay: str | None) -> None:
    values = {"pk": str(number), "airline": "UA", "origin": origin, "day": day, "delay": delay}
    item = {name: {ATTRIBUTES[name]: value} for name, value in values.items() if value is not None}
    client.put_item(TableName="tab", Item=item)


def _query(client: Any, rest: str, values: dict[str, Any], **more: Any) -> Any:
    return client.query(
        TableName="tab",
        IndexName="late",
        KeyConditionExpression="airline = :a AND origin = :o" + rest,
        ExpressionAttributeValues={":a": {"S": "UA"}, ":o": {"S": "JFK"}, **values},
        **more,
    )


@pytest.mark.parametrize(
    ("rest", "values", "delays"),
    [
        ("", {}, ["-3", "9", "20", "100", "5"]),
        (" AND #d = :d", {":d": {"S": "08"}}, ["9", "20", "100"]),
        (" AND #d > :d", {":d": {"S": "07"}}, ["9", "20", "100", "5"]),
        (" AND #d <= :d", {":d": {"S": "08"}}, ["-3", "9", "20", "100"]),
        (" AND begins_with(#d, :d)", {":d": {"S": "0"}}, ["-3", "9", "20", "100", "5"]),
        (" AND #d = :d AND delay > :n", {":d": {"S": "08"}, ":n": {"N": "9"}}, ["20", "100"]),
        (" AND #d = :d AND delay < :n", {":d": {"S": "08"}, ":n": {"N": "20"}}, ["9"]),
        (
            " AND #d = :d AND delay BETWEEN :n AND :m",
            {":d": {"S": "08"}, ":n": {"N": "10"}, ":m": {"N": "100"}},
            ["20", "100"],
        ),
        (" AND #d = :d AND delay = :n", {":d": {"S": "08"}, ":n": {"N": "1E2"}}, ["100"]),
    ],
)
def test_conditions_from_left_to_right(client: Any, rest: str, values: Any, delays: list[str]) -> None:
    names = {"ExpressionAttributeNames": {"#d": "day"}} if "#d" in rest else {}
    answer = _query(client, rest, values, **names)
    assert [item["delay"]["N"] for item in answer["Items"]] == delays
    backwards = _query(client, rest, values, ScanIndexForward=False, **names)
    assert [item["delay"]["N"] for item in backwards["Items"]] == delays[::-1]


def test_pages(client: Any) -> None:
    # WHEN a query is read two by two
    found, start = [], {}
    while True:
        page = _query(client, "", {}, Limit=2, **start)
        found += [item["delay"]["N"] for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        # THEN each page says by all keys where it ended
        assert page["LastEvaluatedKey"].keys() == ATTRIBUTES.keys()
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert found == ["-3", "9", "20", "100", "5"]


def test_an_item_that_lacks_one_of_the_attributes_is_not_in_the_index(client: Any) -> None:
    assert client.scan(TableName="tab", IndexName="late")["Count"] == 6
    client.update_item(
        TableName="tab",
        Key={"pk": {"S": "6"}},
        UpdateExpression="SET delay = :n",
        ExpressionAttributeValues={":n": {"N": "0"}},
    )
    assert client.scan(TableName="tab", IndexName="late")["Count"] == 7


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("airline = :a", "Query condition missed key schema element: origin"),
        (
            "airline = :a AND origin = :a AND delay > :n",
            "RANGE key attributes day must have equality conditions specified in the query because "
            "a condition is present on key attribute delay",
        ),
        ("airline = :a AND origin = :a AND #d > :a AND delay = :n", "Query key condition not supported"),
        ("airline = :a AND origin > :a", "Query key condition not supported"),
    ],
)
def test_conditions_with_gaps_are_refused(client: Any, condition: str, text: str) -> None:
    values = {":a": {"S": "UA"}, ":n": {"N": "1"}}
    params: dict[str, Any] = {
        "ExpressionAttributeValues": {name: value for name, value in values.items() if name in condition}
    }
    if "#d" in condition:
        params["ExpressionAttributeNames"] = {"#d": "day"}
    code, message = refused(
        client.query, TableName="tab", IndexName="late", KeyConditionExpression=condition, **params
    )
    assert (code, message) == ("ValidationException", text)
