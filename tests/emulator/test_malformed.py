"""Requests without the form that the service model gives them are refused, never with a Python error."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config

from cdc_lab import Lab

from .streaming import refused

KEY: dict[str, Any] = {"pk": {"S": "a"}, "sk": {"N": "1"}}
NULL = "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null"


@pytest.fixture
def client(lab: Lab) -> Any:
    """A client that sends what it is given, as other SDKs do."""
    lab.create_table("tab", "pk", ("sk", "N"))
    return boto3.client("dynamodb", config=Config(parameter_validation=False))


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        ({"S": 1}, "SerializationException", "NUMBER_VALUE cannot be converted to String"),
        ({"N": 1.5}, "SerializationException", "DECIMAL_VALUE cannot be converted to String"),
        ({"SS": [True]}, "SerializationException", "TRUE_VALUE cannot be converted to String"),
        ({"L": [{"N": []}]}, "SerializationException", "Unrecognized collection type class java.lang.String"),
        ({"M": {"a": {"S": {}}}}, "SerializationException", "Start of structure or map found"),
        ({"BOOL": "maybe"}, "SerializationException", "Unexpected token received from parser"),
        ({"S": "\ud800"}, "SerializationException", "half of a surrogate pair"),
        ({"M": {"\udfff": {"S": "x"}}}, "SerializationException", "half of a surrogate pair"),
        ({"S": None}, "ValidationException", "Supplied AttributeValue is empty"),
        ({}, "ValidationException", "Supplied AttributeValue is empty"),
    ],
    ids=repr,
)
def test_values_of_another_kind(client: Any, value: Any, code: str, text: str) -> None:
    values = {":v": value}
    update = {"UpdateExpression": "SET x = :v", "ExpressionAttributeValues": values}
    for call, params in (
        (client.put_item, {"TableName": "tab", "Item": {**KEY, "x": value}}),
        (client.update_item, {"TableName": "tab", "Key": KEY, **update}),
        (
            client.transact_write_items,
            {"TransactItems": [{"Put": {"TableName": "tab", "Item": {**KEY, "x": value}}}]},
        ),
        (
            client.batch_write_item,
            {"RequestItems": {"tab": [{"PutRequest": {"Item": {**KEY, "x": value}}}]}},
        ),
    ):
        got, message = refused(call, **params)
        assert got == code
        assert text in message
    assert client.scan(TableName="tab")["Count"] == 0


@pytest.mark.parametrize(("word", "value"), [("true", True), ("YES", True), ("no", False), ("0", False)])
def test_words_that_are_taken_for_a_boolean(client: Any, word: str, value: bool) -> None:
    client.put_item(TableName="tab", Item={**KEY, "x": {"BOOL": word}})
    assert client.get_item(TableName="tab", Key=KEY)["Item"]["x"] == {"BOOL": value}


@pytest.mark.parametrize(
    ("operation", "params", "where"),
    [
        ("get_item", {"TableName": "tab"}, "key"),
        ("put_item", {"TableName": "tab"}, "item"),
        ("put_item", {"Item": KEY}, "tableName"),
        ("transact_get_items", {}, "transactItems"),
        ("transact_get_items", {"TransactItems": [{"Get": {}}]}, "transactItems.1.member.get.key"),
        ("transact_write_items", {"TransactItems": [{"Put": {}}]}, "transactItems.1.member.put.item"),
        ("batch_get_item", {"RequestItems": {"tab": {}}}, "requestItems.tab.member.keys"),
        ("batch_write_item", {}, "requestItems"),
        ("execute_statement", {}, "statement"),
    ],
)
def test_what_is_missing_is_named(client: Any, operation: str, params: Any, where: str) -> None:
    code, message = refused(getattr(client, operation), **params)
    assert (code, message) == ("ValidationException", NULL.format(where))


@pytest.mark.parametrize(
    ("operation", "params", "text"),
    [
        ("query", {"KeyConditionExpression": 5}, "NUMBER_VALUE cannot be converted to String"),
        ("query", {"KeyConditionExpression": "pk = :v", "Limit": "x"}, "STRING_VALUE cannot be converted"),
        ("scan", {"Segment": "a", "TotalSegments": 1}, "STRING_VALUE cannot be converted to Integer"),
        ("scan", {"FilterExpression": "x = \ud800"}, "half of a surrogate pair"),
    ],
)
def test_parameters_of_another_kind(client: Any, operation: str, params: Any, text: str) -> None:
    code, message = refused(getattr(client, operation), TableName="tab", **params)
    assert code == "SerializationException"
    assert text in message


@pytest.mark.parametrize(
    "expression", ["(" * 1500 + "a = :v" + ")" * 1500, "NOT " * 1000 + "a = :v"], ids=["parentheses", "NOT"]
)
def test_an_expression_that_is_too_deep(client: Any, expression: str) -> None:
    code, message = refused(
        client.scan,
        TableName="tab",
        FilterExpression=expression,
        ExpressionAttributeValues={":v": {"S": "a"}},
    )
    assert code == "ValidationException"
    assert message.startswith("Invalid FilterExpression: ")
