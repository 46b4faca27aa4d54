"""What CreateTable and UpdateTable refuse, in the words of the public suites that run against AWS."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config

from cdc_lab import Lab
from tests.older_packages import newer_botocore

from .streaming import refused

INVALID = "One or more parameter values were invalid: "
ONE = "1 validation error detected: "
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
ALL = {"ProjectionType": "ALL"}


def keys(*names: str) -> list[dict[str, str]]:
    """A key schema: ``name`` is HASH at first and RANGE after it, ``name:KIND`` says its kind."""
    kinds = ("HASH", "RANGE", "RANGE")
    return [
        {"AttributeName": name.partition(":")[0], "KeyType": name.partition(":")[2] or kind}
        for name, kind in zip(names, kinds, strict=False)
    ]


def texts(*names: str) -> list[dict[str, str]]:
    """Definitions of attributes of type S."""
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


def index(name: str, *schema: str, **more: Any) -> dict[str, Any]:
    """The description of an index."""
    return {"IndexName": name, "KeySchema": keys(*schema), "Projection": ALL} | more


def request(**changes: Any) -> dict[str, Any]:
    """A CreateTable with changes; a None takes a parameter out."""
    asked: dict[str, Any] = {
        "TableName": "tab",
        "KeySchema": keys("p"),
        "AttributeDefinitions": texts("p"),
        "BillingMode": "PAY_PER_REQUEST",
    } | changes
    return {name: value for name, value in asked.items() if value is not None}


def with_global(*indexes: dict[str, Any], defined: tuple[str, ...] = ("p", "g", "h"), **more: Any) -> Any:
    return request(AttributeDefinitions=texts(*defined), GlobalSecondaryIndexes=list(indexes), **more)


def with_local(*indexes: dict[str, Any], defined: tuple[str, ...] = ("p", "s", "l"), **more: Any) -> Any:
    schema = more.pop("KeySchema", keys("p", "s"))
    return request(
        KeySchema=schema, AttributeDefinitions=texts(*defined), LocalSecondaryIndexes=list(indexes), **more
    )


def include(*names: str) -> dict[str, Any]:
    return {"Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(names)}}


NAME = "Value '{}' at '{}' failed to satisfy constraint: Member must "
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a name of two characters": (
        request(TableName="ab"),
        ONE + NAME.format("ab", "tableName") + "have length greater than or equal to 3",
    ),
    "a name of 256 characters": (
        request(TableName="x" * 256),
        ONE + NAME.format("x" * 256, "tableName") + "have length less than or equal to 255",
    ),
    "a name with another character": (
        request(TableName="invalid;name"),
        ONE
        + NAME.format("invalid;name", "tableName")
        + "satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
    ),
    "no name": (
        request(TableName=None),
        "The parameter 'TableName' is required but was not present in the request",
    ),
    "no key schema": (
        request(KeySchema=None),
        ONE + "Value null at 'keySchema' failed to satisfy constraint: Member must not be null",
    ),
    "an empty key schema": (
        request(KeySchema=[]),
        ONE + NAME.format("[]", "keySchema") + "have length greater than or equal to 1",
    ),
    "three keys": (
        request(KeySchema=keys("p", "s", "t"), AttributeDefinitions=texts("p", "s", "t")),
        ONE + "Value '[KeySchemaElement(attributeName=p, keyType=HASH), "
        "KeySchemaElement(attributeName=s, keyType=RANGE), "
        "KeySchemaElement(attributeName=t, keyType=RANGE)]' at 'keySchema' failed to satisfy "
        "constraint: Member must have length less than or equal to 2",
    ),
    "a key of another kind": (
        request(KeySchema=keys("p:INVALID")),
        ONE + NAME.format("INVALID", "keySchema.1.member.keyType") + "satisfy enum value set: [HASH, RANGE]",
    ),
    "an attribute of a type that no key has": (
        request(AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "SS"}]),
        ONE
        + NAME.format("SS", "attributeDefinitions.1.member.attributeType")
        + "satisfy enum value set: [B, N, S]",
    ),
    "RANGE first": (
        request(KeySchema=keys("p:RANGE", "s:HASH"), AttributeDefinitions=texts("p", "s")),
        "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
    ),
    "RANGE alone": (
        request(KeySchema=keys("p:RANGE")),
        "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
    ),
    "HASH twice": (
        request(KeySchema=keys("p", "s:HASH"), AttributeDefinitions=texts("p", "s")),
        "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
    ),
    "one attribute for both keys": (
        request(KeySchema=keys("p", "p"), AttributeDefinitions=texts("p", "s")),
        "Both the Hash Key and the Range Key element in the KeySchema have the same name",
    ),
    "more keys than definitions": (
        request(KeySchema=keys("p", "p")),
        "Invalid KeySchema: Some index key attribute have no definition",
    ),
    "a key that is not defined": (
        request(AttributeDefinitions=texts("u")),
        INVALID + "Some index key attributes are not defined in AttributeDefinitions. "
        "Keys: [p], AttributeDefinitions: [u]",
    ),
    "a definition that nothing uses": (
        request(AttributeDefinitions=texts("p", "u")),
        INVALID + "Number of attributes in KeySchema does not exactly match number of attributes defined in "
        "AttributeDefinitions",
    ),
    "a definition that nothing uses, beside an index": (
        with_global(index("idx", "g")),
        INVALID
        + "Some AttributeDefinitions are not used. AttributeDefinitions: [g, h, p], keys used: [g, p]",
    ),
    "another billing mode": (
        request(BillingMode="INVALID"),
        ONE
        + NAME.format("INVALID", "billingMode")
        + "satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]",
    ),
    "units on demand": (
        request(ProvisionedThroughput=UNITS),
        INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST",
    ),
    "no units, provisioned": (
        request(BillingMode="PROVISIONED"),
        INVALID + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
        "PROVISIONED",
    ),
    "no unit": (
        request(BillingMode=None, ProvisionedThroughput={"ReadCapacityUnits": 0, "WriteCapacityUnits": 5}),
        ONE
        + NAME.format("0", "provisionedThroughput.readCapacityUnits")
        + "have value greater than or equal to 1",
    ),
    "too many units": (
        request(BillingMode=None, ProvisionedThroughput=UNITS | {"ReadCapacityUnits": 10**12 + 1}),
        "Given value 1000000000001 for ReadCapacityUnits is out of bounds",
    ),
    "an empty list of global indexes": (with_global(), INVALID + "List of GlobalSecondaryIndexes is empty"),
    "an empty list of local indexes": (with_local(), INVALID + "List of LocalSecondaryIndexes is empty"),
    "an index key that is not defined": (
        with_global(index("idx", "g", "x"), defined=("p", "g")),
        INVALID + "Some index key attributes are not defined in AttributeDefinitions. "
        "Keys: [g, x], AttributeDefinitions: [p, g]",
    ),
    "two global indexes of one name": (
        with_global(index("same", "g"), index("same", "h")),
        INVALID + "Duplicate index name: same",
    ),
    "a local and a global index of one name": (
        with_local(
            index("same", "p", "l"), defined=("p", "s", "l", "g"), GlobalSecondaryIndexes=[index("same", "g")]
        ),
        INVALID + "Duplicate index name: same",
    ),
    "21 global indexes": (
        with_global(
            *(index(f"idx{n}", f"g{n}") for n in range(21)), defined=("p", *(f"g{n}" for n in range(21)))
        ),
        INVALID + "GlobalSecondaryIndex count exceeds the per-table limit of 20",
    ),
    "six local indexes": (
        with_local(
            *(index(f"idx{n}", "p", f"l{n}") for n in range(6)),
            defined=("p", "s", *(f"l{n}" for n in range(6))),
        ),
        INVALID + "Number of LocalSecondaryIndexes exceeds per-table limit of 5",
    ),
    "a local index without a sort key of the table": (
        with_local(index("idx", "p", "l"), defined=("p", "l"), KeySchema=keys("p")),
        INVALID + "Table KeySchema does not have a range key, which is required when specifying a "
        "LocalSecondaryIndex",
    ),
    "a local index of another partition key": (
        with_local(index("idx", "s", "l")),
        INVALID
        + "Index KeySchema does not have the same leading hash key as table KeySchema for index: idx. "
        "index hash key: s, table hash key: p",
    ),
    "a local index without a sort key": (
        with_local(index("idx", "p"), defined=("p", "s")),
        INVALID + "Index KeySchema does not have a range key for index: idx",
    ),
    "an index name of two characters": (
        with_global(index("ab", "g"), defined=("p", "g")),
        ONE
        + NAME.format("ab", "globalSecondaryIndexes.1.member.indexName")
        + "have length greater than or equal to 3",
    ),
    "no projection type": (
        with_global(index("idx", "g", Projection={}), defined=("p", "g")),
        INVALID + "Unknown ProjectionType: null",
    ),
    "attributes beside ALL": (
        with_global(
            index("idx", "g", Projection={"ProjectionType": "ALL", "NonKeyAttributes": ["a"]}),
            defined=("p", "g"),
        ),
        INVALID + "ProjectionType is ALL, but NonKeyAttributes is specified",
    ),
    "units for an index on demand": (
        with_global(index("idx", "g", ProvisionedThroughput=UNITS), defined=("p", "g")),
        INVALID + "ProvisionedThroughput should not be specified for index: idx when BillingMode is "
        "PAY_PER_REQUEST",
    ),
}
# Refused by DynamoDB Local or limited by the service model; the words are the lab's.
REFUSED_SOMEHOW = {
    "INCLUDE without attributes": with_global(
        index("idx", "g", Projection={"ProjectionType": "INCLUDE"}), defined=("p", "g")
    ),
    "INCLUDE of one attribute twice": with_global(index("idx", "g", **include("a", "a")), defined=("p", "g")),
    "102 attributes in projections": with_global(
        *(index(f"idx{n}", f"g{n}", **include(*(f"a{n}{m}" for m in range(17)))) for n in range(6)),
        defined=("p", *(f"g{n}" for n in range(6))),
    ),
    "no units for an index of a provisioned table": with_global(
        index("idx", "g"), defined=("p", "g"), BillingMode=None, ProvisionedThroughput=UNITS
    ),
    "five attributes in a partition key": with_global(
        index("idx", "g:HASH")
        | {"KeySchema": [{"AttributeName": f"k{n}", "KeyType": "HASH"} for n in range(5)]},
        defined=("p", *(f"k{n}" for n in range(5))),
    ),
    "51 tags": request(Tags=[{"Key": f"k{n}", "Value": ""} for n in range(51)]),
    "a tag of AWS": request(Tags=[{"Key": "aws:own", "Value": "x"}]),
}


@pytest.fixture
def client(lab: Lab) -> Any:
    """A client that sends what it is given."""
    return boto3.client("dynamodb", config=Config(parameter_validation=False))


@newer_botocore
@pytest.mark.parametrize("what", REFUSED)
def test_create_table_refuses(client: Any, what: str) -> None:
    asked, message = REFUSED[what]
    assert refused(client.create_table, **asked) == ("ValidationException", message)
    # THEN there is no half of a table
    assert client.list_tables()["TableNames"] == []


@pytest.mark.parametrize("what", REFUSED_SOMEHOW)
def test_create_table_refuses_with_the_code_of_aws(client: Any, what: str) -> None:
    assert refused(client.create_table, **REFUSED_SOMEHOW[what])[0] == "ValidationException"
    assert client.list_tables()["TableNames"] == []


def test_one_refusal_names_all_that_is_out_of_bounds(client: Any) -> None:
    asked = request(TableName="ab", BillingMode="X", KeySchema=keys("p:X"))
    _, message = refused(client.create_table, **asked)
    assert message.startswith("3 validation errors detected: ")
    assert all(
        f"at '{path}'" in message for path in ("tableName", "billingMode", "keySchema.1.member.keyType")
    )


@pytest.mark.parametrize(
    "asked",
    [
        request(TableName="abc"),
        request(TableName="x" * 255),
        with_global(
            *(index(f"idx{n}", f"g{n}") for n in range(20)), defined=("p", *(f"g{n}" for n in range(20)))
        ),
        with_local(
            *(index(f"idx{n}", "p", f"l{n}") for n in range(5)),
            defined=("p", "s", *(f"l{n}" for n in range(5))),
        ),
        with_local(index("same-key", "p", "s"), defined=("p", "s")),
        with_global(index("idx", "g", **include(*(f"a{n}" for n in range(20)))), defined=("p", "g")),
        request(Tags=[{"Key": f"k{n}", "Value": ""} for n in range(50)]),
    ],
)
def test_what_is_just_within_the_bounds_is_made(client: Any, asked: dict[str, Any]) -> None:
    client.create_table(**asked)
    assert client.list_tables()["TableNames"] == [asked["TableName"]]


def test_a_value_of_another_kind_cannot_be_read(client: Any) -> None:
    definitions = [{"AttributeName": 5, "AttributeType": "S"}]
    for name, value in (("TableName", 5), ("AttributeDefinitions", definitions), ("BillingMode", [])):
        assert refused(client.create_table, **request(**{name: value}))[0] == "SerializationException", name


# ---- UpdateTable -----------------------------------------------------------------------------


@pytest.fixture
def table(client: Any) -> Any:
    """Calls UpdateTable for a table on demand with a global index ``standing`` and a local one ``local``."""
    asked = with_local(
        index("local", "p", "l"),
        defined=("p", "s", "l", "g"),
        GlobalSecondaryIndexes=[index("standing", "g")],
    )
    client.create_table(**asked)
    return lambda **more: refused(client.update_table, TableName="tab", **more)


def create(name: str, *schema: str, **more: Any) -> dict[str, Any]:
    return {"Create": index(name, *schema, **more)}


def test_update_table_refuses(table: Any) -> None:
    for more, code, message in (
        ({}, "ValidationException", "At least one of ProvisionedThroughput, BillingMode"),
        ({"GlobalSecondaryIndexUpdates": []}, "ValidationException", "At least one of"),
        (
            {"GlobalSecondaryIndexUpdates": [{}]},
            "ValidationException",
            INVALID + "One of GlobalSecondaryInde",
        ),
        (
            {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "abc"}}] * 2},
            "ValidationException",
            INVALID
            + "Only one global secondary index update per index is allowed simultaneously. Index: abc",
        ),
        (
            {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": n}} for n in ("abc", "abd")]},
            "LimitExceededException",
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously",
        ),
        (
            {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "abc"}}]},
            "ResourceNotFoundException",
            "Requested resource not found",
        ),
        (
            {"GlobalSecondaryIndexUpdates": [create("standing", "x")], "AttributeDefinitions": texts("x")},
            "ValidationException",
            "Attempting to create an index which already exists",
        ),
        (
            {"GlobalSecondaryIndexUpdates": [create("local", "x")], "AttributeDefinitions": texts("x")},
            "ValidationException",
            "Attempting to create an index which already exists",
        ),
        (
            {"GlobalSecondaryIndexUpdates": [create("new", "x")], "AttributeDefinitions": texts("p")},
            "ValidationException",
            INVALID + "Some index key attributes are not defined in AttributeDefinitions. Keys: [x]",
        ),
        (
            {
                "GlobalSecondaryIndexUpdates": [create("new", "x", ProvisionedThroughput=UNITS)],
                "AttributeDefinitions": texts("x"),
            },
            "ValidationException",
            INVALID + "ProvisionedThroughput should not be specified for index: new",
        ),
        ({"ProvisionedThroughput": UNITS}, "ValidationException", INVALID + "Neither ReadCapacityUnits nor"),
        (
            {"BillingMode": "PROVISIONED"},
            "ValidationException",
            INVALID + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED",
        ),
    ):
        found, text = table(**more)
        assert (found, text[: len(message)]) == (code, message), more


def test_units_that_change_nothing_are_refused(client: Any) -> None:
    client.create_table(**request(BillingMode=None, ProvisionedThroughput=UNITS))
    for mode in ({}, {"BillingMode": "PROVISIONED"}):
        code, message = refused(client.update_table, TableName="tab", ProvisionedThroughput=UNITS, **mode)
        assert code == "ValidationException"
        assert message.startswith("The provisioned throughput for the table will not change.")
    client.update_table(TableName="tab", ProvisionedThroughput=UNITS | {"ReadCapacityUnits": 6})
    described = client.describe_table(TableName="tab")["Table"]["ProvisionedThroughput"]
    assert described["ReadCapacityUnits"] == 6


def test_a_twenty_first_index_is_refused(client: Any) -> None:
    client.create_table(
        **with_global(
            *(index(f"idx{n}", f"g{n}") for n in range(20)), defined=("p", *(f"g{n}" for n in range(20)))
        )
    )
    more = {"GlobalSecondaryIndexUpdates": [create("new", "x")], "AttributeDefinitions": texts("x")}
    code, message = refused(client.update_table, TableName="tab", **more)
    assert (code, message) == ("ValidationException", REFUSED["21 global indexes"][1])


# ---- names in every other call ---------------------------------------------------------------

NAMED = {
    "describe_table": {},
    "delete_table": {},
    "describe_time_to_live": {},
    "update_table": {"BillingMode": "PAY_PER_REQUEST"},
    "get_item": {"Key": {"p": {"S": "a"}}},
    "put_item": {"Item": {"p": {"S": "a"}}},
    "delete_item": {"Key": {"p": {"S": "a"}}},
    "update_item": {"Key": {"p": {"S": "a"}}},
    "scan": {},
    "query": {
        "KeyConditionExpression": "p = :p",
        "ExpressionAttributeValues": {":p": {"S": "a"}},
    },
}


@pytest.mark.parametrize("call", NAMED)
@pytest.mark.parametrize("name", ["bad table!@#", "x" * 256])
def test_a_name_that_no_table_can_have(client: Any, call: str, name: str) -> None:
    code, message = refused(getattr(client, call), TableName=name, **NAMED[call])
    assert code == "ValidationException"
    assert f"Value '{name}' at 'tableName' failed to satisfy constraint: Member must" in message
