"""Condition and update expressions on images, without a table.

What DynamoDB Local says to hundreds of them is compared in tests/integration/test_expressions.py.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdc_lab.emulator.dynamodb.expressions import (
    ItemError,
    check_placeholders,
    check_unused,
    compile_condition,
    compile_update,
    picked,
)
from cdc_lab.emulator.dynamodb.images import normalize
from cdc_lab.errors import ServiceError

from .. import expression_strategies, value_strategies


def in_map(**members: Any) -> Any:
    return {"M": members}


def in_list(*elements: Any) -> Any:
    return {"L": list(elements)}


def word(text: str) -> Any:
    return {"S": text}


ITEM: dict[str, Any] = {
    "pk": {"S": "a"},
    "n": {"N": "5"},
    "gate": {"S": "late"},
    "tags": {"SS": ["a", "b"]},
    "bytes": {"B": "AP8="},
    "m": {"M": {"a": {"M": {"b": {"S": "old-b"}, "c": {"N": "1"}}}, "keep": {"S": "mk"}}},
    "l": {
        "L": [{"M": {"a": {"S": "old0"}, "b": {"S": "b0"}}}, {"M": {"a": {"S": "old1"}, "b": {"S": "b1"}}}]
    },
    "empty": {"NULL": True},
}
ONE = {":n": {"N": "1"}}


def holds(expression: str, values: dict[str, Any] | None = None, image: Any = ITEM) -> bool:
    return compile_condition(expression, None, values).holds(image)


def applied(expression: str, values: dict[str, Any] | None = None, image: Any = ITEM) -> Any:
    return compile_update(expression, None, values).apply(image)


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("attribute_not_exists(nothing) AND attribute_exists(m.a.b)", None),
        ("NOT size(nothing) >= :n", ONE),
        ("nothing <> :v", {":v": {"NULL": True}}),
        ("begins_with(bytes, :v)", {":v": {"B": "AA=="}}),
        ("size(bytes) = :v", {":v": {"N": "2.0"}}),
        ("tags = :v", {":v": {"SS": ["b", "a"]}}),
        ("n IN (:v, :n)", {":v": {"N": "5.00"}, **ONE}),
        ("contains(l, :v)", {":v": {"M": {"b": {"S": "b1"}, "a": {"S": "old1"}}}}),
    ],
)
def test_condition_that_holds(expression: str, values: dict[str, Any] | None) -> None:
    assert holds(expression, values)


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("nothing = :v", {":v": {"NULL": True}}),
        ("nothing IN (:v)", {":v": {"NULL": True}}),
        ("n < :v", {":v": {"S": "9"}}),
        ("size(n) >= :n", ONE),
        ("n = :v", {":v": {"BOOL": True}}),
        ("contains(tags, :n)", ONE),
    ],
)
def test_condition_that_fails(expression: str, values: dict[str, Any] | None) -> None:
    assert not holds(expression, values)


def test_condition_on_no_item() -> None:
    assert holds("attribute_not_exists(pk)", image=None)
    assert not holds("n > :n", ONE, image=None)


def test_every_action_reads_the_image_as_it_was() -> None:
    assert applied("SET n = gate, gate = n REMOVE tags ADD more :n", ONE) == {
        **{name: value for name, value in ITEM.items() if name != "tags"},
        "n": {"S": "late"},
        "gate": {"N": "5"},
        "more": {"N": "1"},
    }


def test_list_indexes_are_those_of_the_image_as_it_was() -> None:
    image = {"l": {"L": [{"S": "0"}, {"S": "1"}, {"S": "2"}]}}
    values = {":x": {"S": "x"}, ":y": {"S": "y"}}
    after = applied("SET l[9] = :y, l[7] = :x, l[1] = :x REMOVE l[0], l[2]", values, image)
    assert after == {"l": {"L": [{"S": "x"}, {"S": "x"}, {"S": "y"}]}}


def test_a_sum_keeps_38_digits() -> None:
    values = {":v": {"N": "1234567890123456789012345678901234567.5"}}
    assert applied("SET n = n - :v", values, {"n": {"N": "0.5"}}) == {
        "n": {"N": "-1234567890123456789012345678901234567"}
    }


@pytest.mark.parametrize(
    ("expression", "values", "text"),
    [
        ("SET n = n + :v", {":v": {"N": "1E-38"}}, "DynamoDB only supports precision up to 38 digits"),
        ("SET x = :v + :v", {":v": {"N": "9.9E+125"}}, "Number overflow. Attempting to store a number with "),
        (
            "SET nothing.x = :n",
            ONE,
            "The document path provided in the update expression is invalid for update",
        ),
        ("SET x = nothing", None, "The provided expression refers to an attribute that does not exist"),
        ("SET x = gate + :n", ONE, "An operand in the update expression has an incorrect data type"),
    ],
)
def test_item_error(expression: str, values: dict[str, Any] | None, text: str) -> None:
    with pytest.raises(ItemError) as refused:
        applied(expression, values)
    assert refused.value.code == "ValidationException"
    assert refused.value.message.startswith(text)


def test_refused_text_is_no_item_error() -> None:
    with pytest.raises(ServiceError) as refused:
        compile_update("SET status = :n", None, ONE)
    assert not isinstance(refused.value, ItemError)
    assert refused.value.message == (
        "Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: status"
    )


def test_filter_expression_is_named_in_its_refusal() -> None:
    with pytest.raises(ServiceError, match="Invalid FilterExpression: Syntax error"):
        compile_condition("n =", None, None, kind="FilterExpression")


# What AWS returned for UPDATED_OLD and UPDATED_NEW in tests that third parties ran against it.
@pytest.mark.parametrize(
    ("expression", "old", "new"),
    [
        ("SET m.a.b = :v", {"m": in_map(a=in_map(b=word("old-b")))}, {"m": in_map(a=in_map(b=word("v")))}),
        ("SET l[1].a = :v", {"l": in_list(in_map(a=word("old1")))}, {"l": in_list(in_map(a=word("v")))}),
        ("SET l[0] = :v", {"l": in_list(ITEM["l"]["L"][0])}, {"l": in_list(word("v"))}),
        ("SET l[99] = :v", None, None),
        ("SET fresh = :v", None, {"fresh": word("v")}),
        ("REMOVE m.a.b", {"m": in_map(a=in_map(b=word("old-b")))}, None),
        ("REMOVE l[0]", {"l": in_list(ITEM["l"]["L"][0])}, {"l": in_list(ITEM["l"]["L"][1])}),
        ("ADD m.a.c :n", {"m": in_map(a=in_map(c={"N": "1"}))}, {"m": in_map(a=in_map(c={"N": "2"}))}),
    ],
)
def test_updated(expression: str, old: Any, new: Any) -> None:
    update = compile_update(expression, None, {":v": {"S": "v"}, **ONE})
    assert picked(ITEM, update.paths) == old
    assert picked(update.apply(ITEM), update.paths) == new


def test_unused_placeholders() -> None:
    names, values = {"#n": "n", "#m": "m"}, {**ONE, ":m": {"N": "2"}}
    both: list[Any] = [
        compile_update("SET #n = :n", names, values),
        compile_condition("n = :m", names, values),
    ]
    with pytest.raises(ServiceError, match=r"ExpressionAttributeNames unused in expressions: keys: \{#m\}"):
        check_unused(names, values, both)
    check_unused({"#n": "n"}, values, both)


@pytest.mark.parametrize(
    ("names", "values", "text"),
    [
        ({}, None, "ExpressionAttributeNames must not be empty"),
        ({"n": "n"}, None, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "n"'),
        (
            {"#n": ""},
            None,
            "ExpressionAttributeNames contains invalid value: Empty attribute name for key #n",
        ),
        (None, {"n": {"N": "1"}}, 'ExpressionAttributeValues contains invalid key: Syntax error; key: "n"'),
    ],
)
def test_placeholders_that_are_none(names: Any, values: Any, text: str) -> None:
    with pytest.raises(ServiceError) as refused:
        check_placeholders(names, values)
    assert refused.value.message == text


@given(expression_strategies.updates(), value_strategies.attributes())
def test_an_update_leaves_its_image_alone(params: dict[str, Any], attributes: dict[str, Any]) -> None:
    # GIVEN an image in normal form, and a copy of it
    image = {
        name: {tag: normalize(tag, raw) for tag, raw in typed.items()} for name, typed in attributes.items()
    }
    before = copy.deepcopy(image)
    # WHEN an update is applied, twice
    results: list[Any] = []
    for _ in range(2):
        try:
            update = compile_update(
                params["UpdateExpression"],
                params.get("ExpressionAttributeNames"),
                params.get("ExpressionAttributeValues"),
            )
            results.append(update.apply(image))
        except ServiceError as refused:
            results.append(refused.message)
    # THEN the image is as it was, and both times came to the same
    assert image == before
    assert results[0] == results[1]


@given(st.text(alphabet="SETREMOVdelay=:n,()[].#+-<> 019", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for compiler in (compile_update, compile_condition):
        refusal = "ValidationException: Invalid "
        try:
            compiler(text, {"#n": "n"}, ONE)
        except ServiceError as refused:
            refusal = str(refused)
        assert refusal.startswith("ValidationException: Invalid ")
