"""Values equal boto3's, in both forms of a record, and what is wrong is named."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import DYNAMODB_CONTEXT, Binary, TypeDeserializer
from hypothesis import given
from hypothesis import strategies as st

from cdc_lab.emulator.dynamodb.expressions import condition_reader
from cdc_lab.patterns import deserialize
from cdc_lab.patterns.deserializer import TYPE_TAGS

from .factories import event_image, property_test, typed

texts = st.text(max_size=8)
blobs = st.binary(max_size=8)
# The whole range: 38 digits, exponents from 1E-130 up to 9.9E+125, both signs, zeros at either end.
numbers = st.builds(
    lambda sign, digits, exponent: Decimal((sign, tuple(map(int, str(digits))), exponent)),
    st.integers(0, 1),
    st.integers(0, 10**38 - 1),
    st.integers(-90, 80),
) | st.sampled_from([Decimal("1E-130"), Decimal("9.9E+125"), Decimal("-0"), Decimal("1.0"), Decimal("100")])
scalars = st.none() | st.booleans() | texts | numbers | blobs
sets = (
    st.sets(texts, min_size=1, max_size=3)
    | st.sets(numbers, min_size=1, max_size=3)
    | st.sets(blobs, min_size=1, max_size=3)
)
values = st.recursive(
    scalars | sets,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
items = st.dictionaries(st.text(min_size=1, max_size=8), values, max_size=6)


def boto3_values(image: dict[str, Any]) -> dict[str, Any]:
    deserializer = TypeDeserializer()
    return {name: deserializer.deserialize(value) for name, value in image.items()}


def same_with_types(first: Any, second: Any) -> bool:
    """Equal, and of equal types at every depth: Python calls 1 and True equal, and b'' and Binary(b'')."""
    if type(first) is not type(second):
        return False
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same_with_types(first[k], second[k]) for k in first)
    if isinstance(first, list):
        return len(first) == len(second) and all(map(same_with_types, first, second))
    if isinstance(first, set):
        return first == second and {type(element) for element in first} == {type(e) for e in second}
    if isinstance(first, Decimal):
        return bool(first.as_tuple() == second.as_tuple())
    return bool(first == second)


@property_test
@given(items)
def test_any_item_from_get_records_has_boto3s_values(item: dict[str, Any]) -> None:
    # GIVEN an item of any nested values
    image = typed(item)
    before = copy.deepcopy(image)
    # WHEN it is read
    result = deserialize(image)
    # THEN the values are boto3's, and the image is as it was
    assert same_with_types(result, boto3_values(image))
    assert image == before


@property_test
@given(items)
def test_any_item_from_a_lambda_event_has_the_same_values(item: dict[str, Any]) -> None:
    # GIVEN the event as JSON carries it, with no bytes anywhere
    event_form = json.loads(json.dumps(event_image(item)))
    # THEN its values are those of the bytes
    assert same_with_types(deserialize(event_form), boto3_values(typed(item)))


@pytest.mark.parametrize(
    ("tag", "value", "expected"),
    [
        ("S", "UA1545", "UA1545"),
        ("S", "", ""),
        ("N", "84", Decimal(84)),
        ("N", "-0.5", Decimal("-0.5")),
        ("B", b"foobar", Binary(b"foobar")),
        ("B", "Zm9vYmFy", Binary(b"foobar")),
        ("B", "", Binary(b"")),
        ("B", bytearray(b"foobar"), Binary(b"foobar")),
        ("SS", ["a", "b"], {"a", "b"}),
        ("NS", ["1", "2.5"], {Decimal(1), Decimal("2.5")}),
        ("BS", ["Zm9v", "YmFy"], {Binary(b"foo"), Binary(b"bar")}),
        ("BS", [b"foo", b"bar"], {Binary(b"foo"), Binary(b"bar")}),
        ("M", {}, {}),
        ("L", [], []),
        ("L", [{"S": "a"}, {"M": {"b": {"N": "1"}}}], ["a", {"b": Decimal(1)}]),
        ("NULL", True, None),
        ("BOOL", False, False),
    ],
)
def test_each_type_tag(tag: str, value: Any, expected: Any) -> None:
    result = deserialize({"attribute": {tag: value}})["attribute"]
    assert same_with_types(result, expected)


def test_text_that_looks_like_base64_stays_text_under_s() -> None:
    assert deserialize({"word": {"S": "Zm9v"}}) == {"word": "Zm9v"}


def test_zeros_after_the_38th_digit_lose_nothing_and_pass_where_boto3_refuses() -> None:
    # GIVEN 1E+39 written out, 40 digits of which one is significant
    image = {"n": {"N": "1" + "0" * 39}}
    # WHEN boto3 reads it
    with pytest.raises(ArithmeticError):
        boto3_values(image)
    # THEN only boto3 has failed
    assert deserialize(image)["n"] == Decimal("1E+39")


def test_boto3s_own_context_is_not_touched() -> None:
    before = dict(DYNAMODB_CONTEXT.traps)
    deserialize({"n": {"N": "1" + "0" * 39}})
    assert dict(DYNAMODB_CONTEXT.traps) == before


@pytest.mark.parametrize(
    ("image", "error", "parts"),
    [
        ({"gate": {"X": "1"}}, TypeError, ["'gate'", "'X'", "BOOL"]),
        ({"gate": {"s": "1"}}, TypeError, ["'gate'", "'s'"]),
        ({"gate": {}}, TypeError, ["'gate'", "one type tag"]),
        ({"gate": {"S": "a", "N": "1"}}, TypeError, ["'gate'", "one type tag"]),
        ({"gate": "C12"}, TypeError, ["'gate'", "'C12'"]),
        ({"gate": "S"}, TypeError, ["'gate'", "'S'"]),
        ({"gate": None}, TypeError, ["'gate'", "None"]),
        ({"ok": {"S": "a"}, "legs": {"L": [{"N": "1"}, {"M": {"to": {"Q": 1}}}]}}, TypeError, ["legs[1].to"]),
        ({"legs": {"L": [{"S": "a"}, "b"]}}, TypeError, ["legs[1]", "'b'"]),
        ({"legs": {"M": ["a"]}}, TypeError, ["'legs'", "'M'"]),
        ({"legs": {"L": None}}, ValueError, ["'legs'", "'L'", "None"]),
        ({"delay": {"N": "soon"}}, ValueError, ["'delay'", "'N'", "'soon'"]),
        ({"delay": {"N": ""}}, ValueError, ["'delay'", "'N'", "''"]),
        ({"delay": {"N": None}}, ValueError, ["'delay'", "'N'", "None"]),
        ({"delay": {"N": "1" * 39}}, ValueError, ["'delay'", "38 digits"]),
        ({"delays": {"NS": ["1", "x"]}}, ValueError, ["'delays'", "'NS'"]),
        ({"tag": {"B": "not base64!"}}, ValueError, ["'tag'", "'B'", "base64"]),
        ({"tag": {"B": "Zm9vYg"}}, ValueError, ["'tag'", "'B'", "base64"]),
        ({"tag": {"B": 7}}, ValueError, ["'tag'", "'B'", "7"]),
        ({"tags": {"BS": ["Zm9v", "?"]}}, ValueError, ["'tags'", "'BS'"]),
        ({"words": {"SS": None}}, ValueError, ["'words'", "'SS'"]),
        (None, TypeError, ["image", "None"]),
        ([], TypeError, ["image", "[]"]),
    ],
)
def test_what_is_wrong_is_named_with_its_place(image: Any, error: type[Exception], parts: list[str]) -> None:
    with pytest.raises(error) as caught:
        deserialize(image)
    message = str(caught.value)
    assert all(part in message for part in parts), message
    assert "\n" not in message


def test_a_long_wrong_value_is_cut() -> None:
    with pytest.raises(ValueError, match=r"\.\.\.$") as caught:
        deserialize({"delay": {"N": "x" * 10_000}})
    assert len(str(caught.value)) < 200


def test_the_emulator_knows_the_same_type_tags() -> None:
    # The folder of patterns stands alone, so each side has its own; A13 names ten.
    assert frozenset(condition_reader.TYPE_TAGS) == TYPE_TAGS
    assert len(condition_reader.TYPE_TAGS) == len(TYPE_TAGS) == 10
