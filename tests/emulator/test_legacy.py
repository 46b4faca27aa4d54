"""Parameters from before expressions, without a table, and one net record for each write that uses them.

What DynamoDB Local says to thousands of them is compared in tests/integration/test_legacy.py. The
texts here are the service's, where DynamoDB Local has words of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cdc_lab import Lab
from cdc_lab.emulator.dynamodb import legacy
from cdc_lab.emulator.dynamodb.call_expressions import is_legacy
from cdc_lab.emulator.dynamodb.expressions import ItemError, compile_update
from cdc_lab.emulator.dynamodb.key_conditions import KeyTerm
from cdc_lab.errors import ServiceError

from .streaming import events, item, put, refused, table

INVALID = "One or more parameter values were invalid: "
WRONG_WAY_ROUND = (
    "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
)
LATE, ONE = {"S": "late"}, {"N": "1"}
ITEM: dict[str, Any] = {
    "pk": {"S": "a"},
    "n": {"N": "5"},
    "gate": LATE,
    "tags": {"SS": ["a", "b"]},
    "bytes": {"B": "AP8="},
    "m": {"M": {"via": {"S": "ORD"}}},
    "l": {"L": [{"N": "1"}, {"BOOL": True}, {"NULL": True}]},
    "empty": {"NULL": True},
    "#n": {"S": "an alias to look at"},
}


def asked(operator: str, *values: Any) -> dict[str, Any]:
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


def holds(name: str, operator: str, *values: Any) -> bool:
    condition = legacy.condition_of({"Expected": {name: asked(operator, *values)}})
    filtered = legacy.filter_of({"ScanFilter": {name: asked(operator, *values)}})
    assert condition is not None
    assert filtered is not None
    assert condition.holds(ITEM) == filtered.holds(ITEM)
    return condition.holds(ITEM)


def applied(image: Any, **changes: Any) -> Any:
    update = legacy.update_of({"AttributeUpdates": changes})
    assert update is not None
    return update.apply(image)


def text(read: Callable[[dict[str, Any]], Any], **body: Any) -> str:
    with pytest.raises(ServiceError) as error:
        read(body)
    assert error.value.code == "ValidationException"
    return error.value.message


# ---- conditions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "operator", "values"),
    [
        ("n", "EQ", [{"N": "5.00"}]),
        ("tags", "EQ", [{"SS": ["b", "a"]}]),
        ("m", "EQ", [{"M": {"via": {"S": "ORD"}}}]),
        ("empty", "EQ", [{"NULL": True}]),
        ("n", "NE", [LATE]),
        ("nothing", "NE", [LATE]),
        ("n", "LE", [{"N": "5"}]),
        ("bytes", "LT", [{"B": "+A=="}]),  # bytes have no sign
        ("n", "GE", [{"N": "5"}]),
        ("gate", "GT", [{"S": "lat"}]),
        ("empty", "NOT_NULL", []),
        ("nothing", "NULL", []),
        ("gate", "CONTAINS", [{"S": "at"}]),
        ("tags", "CONTAINS", [{"S": "a"}]),
        ("l", "CONTAINS", [{"N": "1.0"}]),
        ("l", "CONTAINS", [{"BOOL": True}]),
        ("gate", "NOT_CONTAINS", [{"S": "x"}]),
        ("n", "NOT_CONTAINS", [{"N": "5"}]),  # what cannot contain does not
        ("bytes", "BEGINS_WITH", [{"B": "AA=="}]),
        ("n", "IN", [{"N": "4"}, {"N": "5.0"}]),
        ("n", "IN", [*[{"N": "4"}] * 5_000, {"N": "5"}]),
        ("n", "BETWEEN", [{"N": "5"}, {"N": "6"}]),
        ("#n", "BEGINS_WITH", [{"S": "an alias"}]),
    ],
)
def test_comparison_that_holds(name: str, operator: str, values: list[Any]) -> None:
    assert holds(name, operator, *values)


@pytest.mark.parametrize(
    ("name", "operator", "values"),
    [
        ("n", "EQ", [{"S": "5"}]),
        ("nothing", "EQ", [{"NULL": True}]),
        ("tags", "NE", [{"SS": ["b", "a"]}]),
        ("n", "LT", [LATE]),
        ("nothing", "GE", [ONE]),
        ("nothing", "NOT_NULL", []),
        ("empty", "NULL", []),
        ("bytes", "CONTAINS", [{"B": "+A=="}]),
        ("n", "CONTAINS", [{"N": "5"}]),
        ("tags", "NOT_CONTAINS", [{"S": "a"}]),
        ("nothing", "NOT_CONTAINS", [LATE]),  # NE holds for what is missing, this does not
        ("gate", "BEGINS_WITH", [{"S": "x"}]),
        ("m.via", "EQ", [{"S": "ORD"}]),  # a name, not a path
        ("gate", "IN", [{"S": "x"}]),
        ("gate", "BETWEEN", [{"S": "a"}, {"S": "b"}]),
    ],
)
def test_comparison_that_does_not_hold(name: str, operator: str, values: list[Any]) -> None:
    assert not holds(name, operator, *values)


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        ({"Exists": False}, False),
        ({"Exists": True, "Value": LATE}, True),
        ({"Exists": True, "Value": ONE}, False),
        ({"Value": LATE}, True),
        ({"Value": {"S": "a"}, "ComparisonOperator": "GT"}, True),
        ({"ComparisonOperator": "NOT_NULL"}, True),
    ],
)
def test_expectation(expected: dict[str, Any], answer: bool) -> None:
    condition = legacy.condition_of({"Expected": {"gate": expected}})
    assert condition is not None
    assert condition.holds(ITEM) == answer


def test_expectations_are_joined() -> None:
    both = {"gate": {"Value": LATE}, "n": {"Value": ONE}}
    answers = []
    for more in ({}, {"ConditionalOperator": "AND"}, {"ConditionalOperator": "OR"}):
        condition = legacy.condition_of({"Expected": both, **more})
        assert condition is not None
        answers.append(condition.holds(ITEM))
    assert answers == [False, False, True]
    # and there may be more of them than an expression may have operators
    many = legacy.condition_of({"Expected": {f"size{number}": {"Exists": False} for number in range(2_000)}})
    assert many is not None
    assert many.holds(ITEM)
    assert many.holds(None)


def test_no_condition() -> None:
    assert legacy.condition_of({}) is legacy.condition_of({"Expected": {}}) is None
    assert legacy.filter_of({}) is legacy.filter_of({"QueryFilter": {}}) is None
    assert legacy.update_of({}) is legacy.update_of({"AttributeUpdates": {}}) is None
    assert legacy.attributes_of({}) is None


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({}, "Value must be provided when Exists is null for Attribute: a"),
        ({"Exists": True}, "Value must be provided when Exists is true for Attribute: a"),
        ({"Exists": False, "Value": ONE}, "Value cannot be used when Exists is false for Attribute: a"),
        (
            {"Exists": False, "ComparisonOperator": "NULL"},
            "Exists and ComparisonOperator cannot be used together for Attribute: a",
        ),
        (
            {"Value": ONE, **asked("EQ", ONE)},
            "Value and AttributeValueList cannot be used together for Attribute: a",
        ),
        (
            {"AttributeValueList": []},
            "AttributeValueList can only be used with a ComparisonOperator for Attribute: a",
        ),
        (
            {"ComparisonOperator": "EQ"},
            "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a",
        ),
        (asked("EQ"), "Invalid number of argument(s) for the EQ ComparisonOperator"),
        (asked("NULL", ONE), "Invalid number of argument(s) for the NULL ComparisonOperator"),
        (asked("IN"), "Invalid number of argument(s) for the IN ComparisonOperator"),
        (
            {"Value": ONE, "ComparisonOperator": "BETWEEN"},
            "Invalid number of argument(s) for the BETWEEN ComparisonOperator",
        ),
        (asked("LT", {"SS": ["a"]}), "ComparisonOperator LT is not valid for SS AttributeValue type"),
        (asked("IN", ONE, {"L": []}), "ComparisonOperator IN is not valid for L AttributeValue type"),
        (asked("CONTAINS", {"M": {}}), "ComparisonOperator CONTAINS is not valid for M AttributeValue type"),
        (asked("BEGINS_WITH", ONE), "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type"),
        (asked("IN", ONE, LATE), "AttributeValues inside AttributeValueList must be of same type"),
        (asked("EQ", {"SS": []}), "An string set  may not be empty"),
    ],
)
def test_refused_expectation(expected: dict[str, Any], message: str) -> None:
    assert text(legacy.condition_of, Expected={"a": expected}) == INVALID + message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"Expected": {"a": asked("BETWEEN", {"N": "6"}, {"N": "5"})}},
            WRONG_WAY_ROUND,
        ),
        ({"Expected": {"": {"Value": ONE}}}, "Empty attribute name"),
        (
            {"Expected": {"ä" * 32_768: {"Value": ONE}}},
            "Attribute name is too large, must be less than 65536 bytes",
        ),
        (
            {"Expected": {"a": {"Value": {}}}},
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        ),
        (
            {"Expected": {"a": asked("eq", ONE)}},
            "1 validation error detected: Value 'eq' at 'expected.a.member.comparisonOperator' failed to "
            "satisfy constraint: Member must satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, "
            "EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]",
        ),
        ({"ConditionalOperator": "AND"}, "ConditionalOperator cannot be used without Filter or Expected"),
        (
            {"Expected": {"a": {"Value": ONE}}, "ConditionalOperator": "OR"},
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
        ),
        (
            {"Expected": {"a": {"Value": ONE}, "b": {"Value": ONE}}, "ConditionalOperator": "XOR"},
            "1 validation error detected: Value 'XOR' at 'conditionalOperator' failed to satisfy constraint: "
            "Member must satisfy enum value set: [OR, AND]",
        ),
    ],
)
def test_refused_condition(body: dict[str, Any], message: str) -> None:
    assert text(legacy.condition_of, **body) == message


def test_refused_filter() -> None:
    assert text(legacy.filter_of, QueryFilter={"a": {}}) == (
        "1 validation error detected: Value null at 'queryFilter.a.member.comparisonOperator' failed to "
        "satisfy constraint: Member must not be null"
    )
    assert text(legacy.filter_of, ScanFilter={"a": {"ComparisonOperator": "EQ"}}) == (
        f"{INVALID}Invalid number of argument(s) for the EQ ComparisonOperator"
    )
    alone = "ConditionalOperator cannot be used without Filter or Expected"
    assert text(legacy.filter_of, ScanFilter={}, ConditionalOperator="OR") == alone


def test_both_kinds_of_parameters() -> None:
    condition = {"ConditionExpression": "attribute_exists(pk)"}
    assert text(
        is_legacy,
        ConditionalOperator="OR",
        Expected={},
        AttributeUpdates={},
        UpdateExpression="",
        **condition,
    ) == (
        "Can not use both expression and non-expression parameters in the same request: Non-expression "
        "parameters: {AttributeUpdates, Expected, ConditionalOperator} Expression parameters: "
        "{UpdateExpression, ConditionExpression}"
    )
    # KeyConditions count beside a KeyConditionExpression alone (ExtendDB's tests against AWS)
    assert is_legacy({"KeyConditions": {}, "FilterExpression": "", "ProjectionExpression": ""})
    mixed = text(is_legacy, KeyConditions={}, QueryFilter={}, ProjectionExpression="")
    assert mixed.endswith("{QueryFilter} Expression parameters: {ProjectionExpression}")
    mixed = text(is_legacy, KeyConditions={}, QueryFilter={}, KeyConditionExpression="")
    assert mixed.endswith("{QueryFilter, KeyConditions} Expression parameters: {KeyConditionExpression}")
    assert not is_legacy(condition)


# ---- keys and projections --------------------------------------------------------------------


def test_key_terms() -> None:
    body = {"KeyConditions": {"pk": asked("EQ", LATE), "sk": asked("BETWEEN", {"N": "1.0"}, {"N": "2"})}}
    assert legacy.key_terms_of(body) == [
        KeyTerm("pk", "=", [LATE]),
        KeyTerm("sk", "BETWEEN", [{"N": "1"}, {"N": "2"}]),
    ]
    found = [
        legacy.key_terms_of({"KeyConditions": {"sk": asked(operator, LATE)}})[0].operator
        for operator in ("LT", "LE", "GT", "GE", "BEGINS_WITH")
    ]
    assert found == ["<", "<=", ">", ">=", "begins_with"]


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        (
            {"pk": asked("EQ", ONE, ONE)},
            f"{INVALID}Invalid number of argument(s) for the EQ ComparisonOperator",
        ),
        *(
            (
                {"sk": asked(operator, *[ONE] * (operator[-4:] != "NULL"))},
                "Attempted conditional constraint is not an indexable operation",
            )
            for operator in ("NE", "IN", "CONTAINS", "NOT_CONTAINS", "NULL", "NOT_NULL")
        ),
        (
            {"sk": asked("BETWEEN", {"S": "b"}, {"S": "a"})},
            WRONG_WAY_ROUND,
        ),
    ],
)
def test_refused_key_conditions(conditions: dict[str, Any], message: str) -> None:
    assert text(legacy.key_terms_of, KeyConditions=conditions) == message


def test_attributes() -> None:
    assert legacy.attributes_of({"AttributesToGet": ["pk", "m.via"]}) == [("pk",), ("m.via",)]
    assert text(legacy.attributes_of, AttributesToGet=[]) == (
        "1 validation error detected: Value '[]' at 'attributesToGet' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1"
    )
    duplicate = f"{INVALID}Duplicate value in attribute name: a"
    assert text(legacy.attributes_of, AttributesToGet=["a", "b", "a"]) == duplicate
    assert text(legacy.attributes_of, AttributesToGet=[""]) == "Empty attribute name"


# ---- updates ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        ({"Value": LATE}, ONE, LATE),
        ({"Action": "PUT", "Value": {"N": "1.0"}}, None, ONE),
        ({"Action": "DELETE"}, ONE, None),
        ({"Action": "DELETE"}, None, None),
        ({"Action": "DELETE", "Value": {"SS": ["a", "x"]}}, {"SS": ["a", "b"]}, {"SS": ["b"]}),
        ({"Action": "DELETE", "Value": {"SS": ["a", "b"]}}, {"SS": ["a", "b"]}, None),
        ({"Action": "DELETE", "Value": {"NS": ["1"]}}, None, None),
        ({"Action": "ADD", "Value": {"N": "-2.50"}}, ONE, {"N": "-1.5"}),
        ({"Action": "ADD", "Value": ONE}, None, ONE),
        ({"Action": "ADD", "Value": {"NS": ["2.0", "3"]}}, {"NS": ["1", "2"]}, {"NS": ["1", "2", "3"]}),
        ({"Action": "ADD", "Value": {"BS": ["AA=="]}}, None, {"BS": ["AA=="]}),
        # as DynamoDB Local and dynalite have it; the API reference does not name lists
        ({"Action": "ADD", "Value": {"L": [ONE]}}, {"L": [LATE]}, {"L": [LATE, ONE]}),
        ({"Action": "ADD", "Value": {"L": [ONE]}}, None, {"L": [ONE]}),
    ],
)
def test_update(change: dict[str, Any], before: Any, after: Any) -> None:
    start = {} if before is None else {"a": before}
    assert applied(start, a=change) == ({} if after is None else {"a": after})
    assert start == ({} if before is None else {"a": before})


@pytest.mark.parametrize(
    ("change", "before"),
    [
        ({"Action": "ADD", "Value": ONE}, LATE),
        ({"Action": "ADD", "Value": ONE}, {"NULL": True}),
        ({"Action": "ADD", "Value": {"SS": ["a"]}}, {"NS": ["1"]}),
        ({"Action": "ADD", "Value": {"L": []}}, {"SS": ["a"]}),
        ({"Action": "DELETE", "Value": {"SS": ["a"]}}, {"NS": ["1"]}),
    ],
)
def test_update_that_does_not_fit(change: dict[str, Any], before: Any) -> None:
    with pytest.raises(ItemError, match=r"Type mismatch for attribute to update$"):
        applied({"a": before}, a=change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "Only DELETE action is allowed when no attribute value is specified"),
        ({"Action": "ADD"}, "Only DELETE action is allowed when no attribute value is specified"),
        ({"Action": "ADD", "Value": LATE}, "ADD action is not supported for the type S"),
        ({"Action": "ADD", "Value": {"M": {}}}, "ADD action is not supported for the type M"),
        ({"Action": "DELETE", "Value": ONE}, "DELETE action with value is not supported for the type N"),
        (
            {"Action": "DELETE", "Value": {"L": []}},
            "DELETE action with value is not supported for the type L",
        ),
        ({"Value": {"NS": []}}, "An number set  may not be empty"),
    ],
)
def test_refused_update(change: dict[str, Any], message: str) -> None:
    assert text(legacy.update_of, AttributeUpdates={"a": change}) == INVALID + message


def test_unknown_action() -> None:
    assert text(legacy.update_of, AttributeUpdates={"a": {"Action": "put", "Value": ONE}}) == (
        "1 validation error detected: Value 'put' at 'attributeUpdates.a.member.action' failed to satisfy "
        "constraint: Member must satisfy enum value set: [ADD, DELETE, PUT]"
    )


def test_updates_that_only_remove() -> None:
    values = {":s": {"SS": ["a"]}, ":n": ONE}
    texts = ("REMOVE a", "delete a :s", "REMOVE b DELETE a :s", "REMOVE a SET b = :n", "ADD a :n")
    assert [compile_update(one, None, values).only_removes for one in texts] == [True] * 3 + [False] * 2
    remove, subtract = {"Action": "DELETE"}, {"Action": "DELETE", "Value": {"SS": ["a"]}}
    found = [
        legacy.update_of({"AttributeUpdates": changes})
        for changes in ({"a": remove}, {"a": subtract, "b": remove}, {"a": remove, "b": {"Value": ONE}})
    ]
    assert [update.only_removes for update in found if update] == [True, True, False]


# ---- calls -----------------------------------------------------------------------------------


def test_writes_leave_one_net_record_each(lab: Lab) -> None:
    client = table(lab)
    # GIVEN an item, WHEN writes of all three kinds expect the right things and the wrong ones
    put(client, "a", n=1)
    wrong, right = {"n": {"Exists": True, "Value": {"N": "9"}}}, {"n": {"Value": {"N": "1.0"}}}
    changes = {
        "n": {"Action": "ADD", "Value": ONE},
        "word": {"Value": {"S": "x"}},
        "no": {"Action": "DELETE"},
    }
    for call, more in (
        (client.put_item, {"Item": item("a")}),
        (client.update_item, {"Key": item("a"), "AttributeUpdates": changes}),
        (client.delete_item, {"Key": item("a")}),
    ):
        code, _ = refused(call, TableName="tab", Expected=wrong, **more)
        assert code == "ConditionalCheckFailedException"
    answer = client.update_item(
        TableName="tab", Key=item("a"), AttributeUpdates=changes, Expected=right, ReturnValues="UPDATED_NEW"
    )
    client.delete_item(TableName="tab", Key=item("a"), Expected={"n": {"Value": {"N": "2"}}})
    # THEN only the writes that took place are in the stream, each once
    assert answer["Attributes"] == {"n": {"N": "2"}, "word": {"S": "x"}}
    assert events(lab) == [
        ("INSERT", None, item("a", n=1)),
        ("MODIFY", item("a", n=1), item("a", n=2, word="x")),
        ("REMOVE", item("a", n=2, word="x"), None),
    ]


def test_refused_writes_leave_nothing(lab: Lab) -> None:
    client = table(lab)
    put(client, "a", n=1)
    call = {"TableName": "tab", "Key": item("a")}
    key = {"pk": {"Value": {"S": "b"}}}
    assert refused(client.update_item, **call, AttributeUpdates=key)[1] == (
        f"{INVALID}Cannot update attribute pk. This attribute is part of the key"
    )
    both = {"Expected": {"n": {"Value": ONE}}, "ConditionExpression": "attribute_exists(pk)"}
    assert refused(client.delete_item, **call, **both)[1].startswith("Can not use both expression and")
    names = {"Expected": {"n": {"Value": ONE}}, "ExpressionAttributeNames": {"#n": "n"}}
    assert refused(client.delete_item, **call, **names)[1] == (
        "ExpressionAttributeNames can only be specified when using expressions"
    )
    # an update that is not well formed is refused before Expected is (dynalite's tests)
    wrong = {"AttributeUpdates": {"n": {}}, "Expected": {"n": {}}}
    assert "Only DELETE action" in refused(client.update_item, **call, **wrong)[1]
    assert len(events(lab)) == 1


def test_a_failed_expectation_shows_the_item(lab: Lab) -> None:
    client = table(lab)
    put(client, "a", n=1)
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as failed:
        client.delete_item(
            TableName="tab",
            Key=item("a"),
            Expected={"n": {"Exists": False}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert failed.value.response["Item"] == item("a", n=1)
