"""The lab's DynamoDB beside plain moto's: the same answers, but for differences that are listed.

A difference is listed with its reason. What is compared to the letter is everything else: the answers'
members, types, values and order of items, and the refusals' codes and texts.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import reduce
from typing import Any

import pytest

from cdc_lab import Lab

from .plain_moto import Call, Outcome, on_plain_moto, outcome_of
from .streaming import item

CREATE: dict[str, Any] = {
    "TableName": "tab",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
WITH_RANGE: dict[str, Any] = CREATE | {
    "KeySchema": [*CREATE["KeySchema"], {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        *CREATE["AttributeDefinitions"],
        {"AttributeName": "sk", "AttributeType": "N"},
        {"AttributeName": "carrier", "AttributeType": "S"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-carrier",
            "KeySchema": [
                {"AttributeName": "carrier", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}
KEY, ITEM = item("a"), item("a", n=1, word="x", flag={"BOOL": True}, nothing={"NULL": True})
NESTED = item(
    "m", m={"M": {"l": {"L": [{"N": "1"}, {"S": "x"}]}}}, b={"B": b"\x00\xff"}, s={"SS": ["x", "y"]}
)


def ranged(number: int) -> dict[str, Any]:
    """An item of the table with a sort key and an index."""
    carrier = "UA" if number % 2 else "DL"
    return {
        "pk": {"S": f"p{number % 3}"},
        "sk": {"N": str(number)},
        "carrier": {"S": carrier},
        "n": {"N": str(number % 4)},
    }


def put(**params: Any) -> Call:
    return "PutItem", {"TableName": "tab", "Item": ITEM} | params


def update(expression: str, key: Any = KEY, **params: Any) -> Call:
    return "UpdateItem", {"TableName": "tab", "Key": key, "UpdateExpression": expression} | params


def values(**given: Any) -> dict[str, Any]:
    return {"ExpressionAttributeValues": {f":{n}": v for n, v in item("", **given).items() if n != "pk"}}


def get(key: Any = KEY, **params: Any) -> Call:
    return "GetItem", {"TableName": "tab", "Key": key} | params


def query(condition: str, **params: Any) -> Call:
    return "Query", {"TableName": "tab", "KeyConditionExpression": condition} | params


def scan(**params: Any) -> Call:
    return "Scan", {"TableName": "tab"} | params


ABSENT = {"ConditionExpression": "attribute_not_exists(pk)"}
SHOWN = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
PLAIN: list[Call] = [("CreateTable", CREATE)]
RANGED: list[Call] = [
    ("CreateTable", WITH_RANGE),
    *(("PutItem", {"TableName": "tab", "Item": ranged(n)}) for n in range(12)),
]

HISTORIES: dict[str, list[Call]] = {
    "tables": [
        *PLAIN,
        ("CreateTable", CREATE),
        ("DescribeTable", {"TableName": "tab"}),
        ("ListTables", {}),
        (
            "TagResource",
            {
                "ResourceArn": "arn:aws:dynamodb:us-east-1:123456789012:table/tab",
                "Tags": [{"Key": "a", "Value": "b"}],
            },
        ),
        ("ListTagsOfResource", {"ResourceArn": "arn:aws:dynamodb:us-east-1:123456789012:table/tab"}),
        (
            "UpdateTable",
            {
                "TableName": "tab",
                "BillingMode": "PROVISIONED",
                "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
            },
        ),
        (
            "UpdateTimeToLive",
            {"TableName": "tab", "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ttl"}},
        ),
        ("DescribeTimeToLive", {"TableName": "tab"}),
        ("DescribeContinuousBackups", {"TableName": "tab"}),
        ("DescribeEndpoints", {}),
        ("DeleteTable", {"TableName": "tab"}),
        ("DescribeTable", {"TableName": "tab"}),
        ("DeleteTable", {"TableName": "tab"}),
        ("ListTables", {}),
    ],
    "items": [
        *PLAIN,
        put(),
        get(),
        put(Item=NESTED),
        get(item("m")),
        get(item("missing")),
        get(ConsistentRead=True),
        put(ReturnValues="NONE"),
        put(Item=item("b", n=5), ReturnValues="ALL_OLD"),
        put(Item=item("b", n=6), ReturnValues="ALL_OLD"),
        update("SET n = :n", **values(n=2)),
        update("SET n = n + :n, word = :w", **values(n=2, w="y"), ReturnValues="ALL_NEW"),
        update("REMOVE word", ReturnValues="ALL_OLD"),
        update("SET n = if_not_exists(n, :n)", **values(n=9), ReturnValues="NONE"),
        update("ADD n :n", item("new"), **values(n=9), ReturnValues="ALL_NEW"),
        update("SET m.l[0] = :n", item("m"), **values(n=9)),
        update("SET m.l = list_append(m.l, :l)", item("m"), **values(l={"L": [{"S": "z"}]})),
        update("ADD s :s", item("m"), **values(s={"SS": ["z"]})),
        update("DELETE s :s", item("m"), **values(s={"SS": ["x"]})),
        get(item("m"), ProjectionExpression="m"),
        ("DeleteItem", {"TableName": "tab", "Key": KEY}),
        ("DeleteItem", {"TableName": "tab", "Key": KEY}),
        ("DeleteItem", {"TableName": "tab", "Key": item("b"), "ReturnValues": "ALL_OLD"}),
        ("DescribeTable", {"TableName": "tab"}),
    ],
    "conditions": [
        *PLAIN,
        put(**ABSENT),
        put(**ABSENT),
        put(**ABSENT, **SHOWN),
        put(ConditionExpression="n = :n", **values(n=1)),
        put(ConditionExpression="n > :n AND attribute_exists(word)", **values(n=1)),
        put(ConditionExpression="n BETWEEN :a AND :b OR word IN (:w)", **values(a=0, b=2, w="q")),
        put(ConditionExpression="begins_with(word, :w)", **values(w="x")),
        put(ConditionExpression="NOT contains(word, :w)", **values(w="x")),
        put(ConditionExpression="attribute_type(word, :w)", **values(w="S")),
        put(ConditionExpression="size(word) = :n", **values(n=1)),
        put(ConditionExpression="#w = :w", ExpressionAttributeNames={"#w": "word"}, **values(w="x")),
        update("SET n = :n", **values(n=7), ConditionExpression="n = :n", **SHOWN),
        ("DeleteItem", {"TableName": "tab", "Key": KEY, "ConditionExpression": "attribute_not_exists(pk)"}),
        ("DeleteItem", {"TableName": "tab", "Key": KEY, "ConditionExpression": "attribute_exists(pk)"}),
    ],
    "refusals": [
        *PLAIN,
        put(),
        ("PutItem", {"TableName": "absent", "Item": ITEM}),
        put(Item={"n": {"N": "1"}}),
        put(Item={"pk": {"N": "1"}}),
        put(Item=item("a", n={"N": "five"})),
        get({"pk": {"S": "a"}, "sk": {"S": "b"}}),
        update("SET n = :n"),
        update("SET n = absent + :n", **values(n=1)),
        update("SET x.y = :n", **values(n=1)),
        update("ADD word :n", **values(n=1)),
        update("SET pk = :n", **values(n="b")),
        update("SET n = :n", **values(n=1, m=2)),
        put(Item=item("a", s="x" * 410_000)),
        update("SET s = :s", **values(s="x" * 410_000)),
        put(ReturnValues="ALL_NEW"),
    ],
    "batches": [
        *PLAIN,
        (
            "BatchWriteItem",
            {"RequestItems": {"tab": [{"PutRequest": {"Item": item(f"k{n}", n=n)}} for n in range(25)]}},
        ),
        (
            "BatchWriteItem",
            {
                "RequestItems": {
                    "tab": [{"DeleteRequest": {"Key": item("k3")}}, {"PutRequest": {"Item": item("k4", n=9)}}]
                }
            },
        ),
        ("BatchGetItem", {"RequestItems": {"tab": {"Keys": [item("k4"), item("k3"), item("k5")]}}}),
        scan(),
        ("BatchWriteItem", {"RequestItems": {"absent": [{"DeleteRequest": {"Key": item("k3")}}]}}),
    ],
    "transactions": [
        *PLAIN,
        put(),
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "tab", "Item": item("b", n=1)}},
                    {"Update": update("SET n = :n", **values(n=5))[1]},
                ]
            },
        ),
        (
            "TransactGetItems",
            {
                "TransactItems": [
                    {"Get": {"TableName": "tab", "Key": KEY}},
                    {"Get": {"TableName": "tab", "Key": item("zz")}},
                ]
            },
        ),
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "tab", "Item": item("c")}},
                    {"Delete": {"TableName": "tab", "Key": KEY, **ABSENT}},
                ]
            },
        ),
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "tab", "Item": item("c")}},
                    {"ConditionCheck": {"TableName": "tab", "Key": KEY, **ABSENT, **SHOWN}},
                ]
            },
        ),
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "tab", "Item": item("c")}},
                    {"Delete": {"TableName": "tab", "Key": item("c")}},
                ]
            },
        ),
        scan(),
    ],
    "queries": [
        *RANGED,
        query("pk = :p", **values(p="p1")),
        query("pk = :p AND sk > :s", **values(p="p1", s=4), ScanIndexForward=False),
        query("pk = :p AND sk BETWEEN :a AND :b", **values(p="p1", a=2, b=8), Limit=1),
        query("pk = :p", **values(p="p1"), ExclusiveStartKey={"pk": {"S": "p1"}, "sk": {"N": "4"}}),
        query("pk = :p", **values(p="p1", n=1), FilterExpression="n = :n"),
        query("pk = :p", **values(p="p1"), ProjectionExpression="sk, n"),
        query("pk = :p", **values(p="p1"), Select="COUNT"),
        query("carrier = :c", **values(c="UA"), IndexName="by-carrier"),
        query(
            "carrier = :c AND sk < :s", **values(c="DL", s=6), IndexName="by-carrier", ScanIndexForward=False
        ),
        (
            "UpdateItem",
            {
                "TableName": "tab",
                "Key": {"pk": {"S": "p0"}, "sk": {"N": "3"}},
                "UpdateExpression": "SET carrier = :c",
                **values(c="B6"),
            },
        ),
        ("DeleteItem", {"TableName": "tab", "Key": {"pk": {"S": "p1"}, "sk": {"N": "1"}}}),
        query("carrier = :c", **values(c="UA"), IndexName="by-carrier"),
        query("carrier = :c", **values(c="B6"), IndexName="by-carrier"),
        scan(),
        scan(FilterExpression="n = :n AND sk > :s", **values(n=2, s=3)),
        scan(IndexName="by-carrier"),
        query("pk = :p", **values(p="nowhere")),
    ],
    "parameters from before expressions": [
        *PLAIN,
        put(),
        put(Expected={"pk": {"Exists": False}}),
        put(Expected={"n": {"Value": {"N": "1"}}}, Item=item("a", n=2)),
        (
            "UpdateItem",
            {
                "TableName": "tab",
                "Key": KEY,
                "AttributeUpdates": {"n": {"Action": "ADD", "Value": {"N": "5"}}},
                "ReturnValues": "ALL_NEW",
            },
        ),
        (
            "UpdateItem",
            {
                "TableName": "tab",
                "Key": item("z"),
                "AttributeUpdates": {"n": {"Action": "PUT", "Value": {"N": "5"}}},
            },
        ),
        ("DeleteItem", {"TableName": "tab", "Key": KEY, "Expected": {"n": {"Value": {"N": "7"}}}}),
        scan(ScanFilter={"n": {"AttributeValueList": [{"N": "5"}], "ComparisonOperator": "EQ"}}),
    ],
    "backups": [
        *PLAIN,
        put(),
        ("CreateBackup", {"TableName": "tab", "BackupName": "one"}),
        put(Item=item("later")),
        ("ListBackups", {}),
        (
            "RestoreTableToPointInTime",
            {"SourceTableName": "tab", "TargetTableName": "copy", "UseLatestRestorableTime": True},
        ),
        ("Scan", {"TableName": "copy"}),
        ("PutItem", {"TableName": "copy", "Item": item("own")}),
        ("Scan", {"TableName": "copy"}),
        scan(),
    ],
}


# ---- what may differ, and why ----------------------------------------------------------------

# Made up for each call, or dated by the clock.
VOLATILE = {"ResponseMetadata", "TableId", "BackupArn", "RequestId", "CachePeriodInMinutes"}

# Differences of the lab from moto, each right by AWS's API reference or by DynamoDB Local.
UNASKED = {"ConsumedCapacity", "ItemCollectionMetrics"}  # only when the call asks for them
STREAM_MEMBERS = {"StreamSpecification"}  # a table without a stream has none (B28)
COUNTED = {"TableSizeBytes", "IndexSizeBytes", "ItemCount"}  # moto says 0 bytes, and nothing of its indexes
# Shown as on AWS, which moto does not: judged in test_table_descriptions.py.
DESCRIBED = {"BillingModeSummary", "IndexArn", "NumberOfDecreasesToday"}
UNORDERED = {"SS", "NS", "BS", "Tags", "Items"}  # the order of a Query is compared in test_reads.py

TEXTS: dict[str, Callable[[str], str]] = {
    # moto words it for PutItem and UpdateItem alike
    "Return values set to invalid value": lambda text: "ReturnValues can only be ALL_OLD or NONE",
}


def comparable(value: Any, name: str = "") -> Any:
    """An answer without what differs for a reason."""
    if isinstance(value, dict):
        return {
            k: comparable(v, k)
            for k, v in value.items()
            if k not in VOLATILE | UNASKED | STREAM_MEMBERS | COUNTED | DESCRIBED
            and not (k.endswith("SecondaryIndexes") and v == [])
            and not (k in ("message", "Message") and name == "")
        }
    if isinstance(value, list):
        members = [comparable(member, name) for member in value]
        return sorted(members, key=repr) if name in UNORDERED else members
    if isinstance(value, datetime.datetime):
        return "a time in the local zone" if value.tzinfo else "a time without a zone"
    return value


def as_the_service(outcome: Outcome) -> Outcome:
    """moto's outcome, with the texts that AWS words otherwise."""
    kind, answer = outcome
    if kind == "refused" and isinstance(answer, dict):
        error = dict(answer["Error"])
        # Which refusals are announced is judged in test_item_calls.py.
        error["Message"] = error["Message"].removeprefix("1 validation error detected: ")
        error["Message"] = TEXTS.get(error["Message"], str)(error["Message"])
        return kind, answer | {"Error": error}
    return kind, answer


@pytest.fixture(scope="module")
def motos() -> dict[str, list[Outcome]]:
    """Plain moto's outcomes, by history."""
    return dict(zip(HISTORIES, on_plain_moto(list(HISTORIES.values())), strict=True))


@pytest.mark.parametrize("name", HISTORIES)
def test_the_same_calls_have_the_same_answers(name: str, motos: dict[str, list[Outcome]]) -> None:
    differences = []
    with Lab(seed=1) as lab:
        client = lab.client("dynamodb")
        for (operation, params), expected in zip(HISTORIES[name], motos[name], strict=True):
            got = outcome_of(client, operation, params)
            assert got[0] != "python", f"{operation} raised {got[1]}"
            shown, wanted = (comparable(list(as_the_service(one))) for one in (got, expected))
            if shown != wanted:
                differences.append(f"{operation} {params}\n  moto: {wanted}\n  lab:  {shown}")
    assert not differences, "\n".join(differences)


# What moto takes and DynamoDB refuses (by AWS's texts, or DynamoDB Local's code).
TAKEN_BY_MOTO: dict[str, tuple[Call, str]] = {
    "an index key of another type": (
        ("PutItem", {"TableName": "tab", "Item": ranged(1) | {"carrier": {"N": "1"}}}),
        "Type mismatch for Index Key carrier Expected: S Actual: N IndexName: by-carrier",
    ),
    "an empty index key": (
        ("PutItem", {"TableName": "tab", "Item": ranged(1) | {"carrier": {"S": ""}}}),
        "cannot contain an empty string value. IndexName: by-carrier",
    ),
    "an item twice in a batch": (
        (
            "BatchWriteItem",
            {
                "RequestItems": {
                    "tab": [{"PutRequest": {"Item": ranged(1)}}, {"PutRequest": {"Item": ranged(1)}}]
                }
            },
        ),
        "Provided list of item keys contains duplicates",
    ),
    "39 digits": (
        ("PutItem", {"TableName": "tab", "Item": ranged(1) | {"x": {"N": "1" * 39}}}),
        "Attempting to store more than 38 significant digits in a Number",
    ),
    "a set with a member twice": (
        ("PutItem", {"TableName": "tab", "Item": ranged(1) | {"x": {"SS": ["a", "a"]}}}),
        "Input collection [a, a] contains duplicates.",
    ),
    "33 levels": (
        (
            "PutItem",
            {
                "TableName": "tab",
                "Item": ranged(1) | {"x": reduce(lambda v, _: {"L": [v]}, range(32), {"N": "1"})},
            },
        ),
        "Nesting Levels have exceeded supported limits",
    ),
}


@pytest.mark.parametrize(("call", "text"), TAKEN_BY_MOTO.values(), ids=TAKEN_BY_MOTO)
def test_what_moto_takes_and_dynamodb_refuses(call: Call, text: str) -> None:
    with Lab(seed=1) as lab:
        client = lab.client("dynamodb")
        client.create_table(**WITH_RANGE)
        kind, answer = outcome_of(client, *call)
        assert kind == "refused"
        assert answer["Error"]["Code"] == "ValidationException"
        assert text in answer["Error"]["Message"]
        assert client.scan(TableName="tab")["Count"] == 0
