"""Item images: normal form, sizes and frozen versions (facts A11 to A13, A17, A18)."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdc_lab.emulator.dynamodb.attribute_values import accept_image, accept_number, accept_value
from cdc_lab.emulator.dynamodb.images import (
    PackedImage,
    binary_length,
    image_size,
    normalize_number,
    number_size,
    value_size,
)
from cdc_lab.errors import ServiceError

from .. import value_strategies as values


def wire(value: Any) -> Any:
    """A boto3 value in wire form: binary as base64 text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: wire(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [wire(inner) for inner in value]
    return value


# ---- numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("0", "0"), ("-0", "0"), ("0.000", "0"), ("-0.0", "0"), ("0e9", "0"), ("1.0", "1"),
        ("0042.1200", "42.12"),
        ("-1.50", "-1.5"), ("1E+2", "100"), ("1e-3", "0.001"), (".5", "0.5"), ("5.", "5"), ("+7", "7"),
        ("9.9E+125", "99" + "0" * 124), ("1E-130", "0." + "0" * 129 + "1"), ("1" * 38, "1" * 38),
    ],
)  # fmt: skip
def test_normal_form_of_a_number(text: str, normal: str) -> None:  # A12
    assert accept_number(text) == normalize_number(text) == normal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "five",
        "Infinity",
        "NaN",
        " 1",
        "1 ",
        "1_000",
        "0x10",
        "١",
        "1e",
        "--1",
        "1.2.3",
        "1e9999999999",
        "\n1",
    ],
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ServiceError, match="cannot be converted to a numeric value") as caught:
        accept_number(text)
    assert caught.value.code == "ValidationException"


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("1" * 39, "38 significant digits"),
        ("0." + "1" * 39, "38 significant digits"),
        ("1E+126", "Number overflow"),
        ("-9.9E+126", "Number overflow"),
        ("1E-131", "Number underflow"),
        ("1e999999999", "Number overflow"),
    ],
)
def test_numbers_that_dynamodb_cannot_keep(text: str, refusal: str) -> None:
    with pytest.raises(ServiceError, match=refusal):
        accept_number(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        # one byte for two significant digits, counted in pairs from the point, and one more; one for a sign
        ("0", 1), ("7", 2), ("42", 2), ("101", 3), ("123456", 4), ("100", 2), ("1000000", 2), ("3.14159", 5),
        ("0.5", 2), ("0.001", 2), ("-1", 3), ("-1.5", 4), ("1" * 38, 20),
        ("10", 2), ("1500", 2), ("150", 3), ("1" + "0" * 125, 2), ("10001", 4), ("-100", 3),
    ],
)  # fmt: skip
def test_size_of_a_number(text: str, size: int) -> None:  # A18
    assert number_size(text) == size


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30, places=4))
def test_normal_form_keeps_the_value(number: Decimal) -> None:
    normal = normalize_number(str(number))
    assert Decimal(normal) == number
    assert normalize_number(normal) == normal
    assert "E" not in normal


# ---- sizes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "size"),
    [
        ({"S": ""}, 0), ({"S": "abc"}, 3), ({"S": "é"}, 2), ({"S": "⛈"}, 3), ({"BOOL": False}, 1),
        ({"NULL": True}, 1), ({"B": "Zm9vYmFy"}, 6), ({"B": ""}, 0), ({"B": "Zg=="}, 1), ({"B": "Zm8="}, 2),
        ({"SS": ["a", "éé"]}, 5), ({"NS": ["1", "101"]}, 5), ({"BS": ["Zg==", "Zm9v"]}, 4),
        ({"L": []}, 3), ({"M": {}}, 3), ({"L": [{"S": "a"}, {"N": "1"}]}, 3 + 1 + 1 + 1 + 2),
        ({"M": {"ab": {"S": "c"}}}, 3 + 1 + 2 + 1),
    ],
)  # fmt: skip
def test_size_of_a_value(typed: dict[str, Any], size: int) -> None:  # A18
    ((tag, value),) = typed.items()
    assert value_size(tag, value) == size


@pytest.mark.parametrize(
    ("image", "size"),
    [
        # AWS's own samples (A17): sizes of keys and images as they add up in documented records
        ({"Id": {"N": "101"}, "Message": {"S": "New item!"}}, 21),
        ({"Id": {"N": "101"}, "Message": {"S": "This item has changed"}}, 33),
        ({"Id": {"N": "101"}}, 5),
        ({"é": {"S": "é"}}, 4),
    ],
)
def test_size_of_an_image(image: Any, size: int) -> None:  # A17, A18
    assert image_size(image) == size


@given(st.binary(max_size=40))
def test_length_behind_base64(raw: bytes) -> None:
    assert binary_length(base64.b64encode(raw).decode()) == len(raw)


# ---- normal form and frozen versions -------------------------------------------------------------


@given(values.attributes())
def test_respelled_items_are_equal(attributes: dict[str, Any]) -> None:  # A23
    image = accept_image(wire(attributes))
    again = accept_image(wire(values.respell(attributes)))
    assert image == again
    assert PackedImage(image).same_as(PackedImage(again))
    assert PackedImage(image).size == PackedImage(again).size == image_size(image)
    assert accept_image(image) == image


@given(values.attributes(), values.attributes())
def test_versions_are_equal_exactly_when_their_items_are(one: Any, other: Any) -> None:
    first, second = accept_image(wire(one)), accept_image(wire(other))
    assert PackedImage(first).same_as(PackedImage(second)) == (first == second)


@given(values.attributes())
def test_a_version_cannot_be_changed_by_what_it_hands_out(attributes: dict[str, Any]) -> None:
    frozen = PackedImage(accept_image(wire(attributes)))
    before = frozen.image()
    for copy in (frozen.image(), frozen.python_image()):
        for typed in copy.values():
            for value in typed.values():
                if isinstance(value, dict | list):
                    value.clear()
        copy.clear()
    assert frozen.image() == before
    assert wire(frozen.python_image()) == before


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ({}, "is empty"),
        ({"S": "a", "N": "1"}, "more than one"),
        ({"SS": []}, "An string set  may not be empty"),
        ({"NS": []}, "An number set  may not be empty"),
        ({"BS": []}, "Binary sets should not be empty"),
        ({"SS": ["a", "a"]}, r"\[a, a\] contains duplicates"),
        ({"NS": ["1", "1.0"]}, "contains duplicates"),
        ({"NULL": False}, "must have the value of true"),
        ({"M": {"": {"S": "a"}}}, "Empty attribute name"),
        ({"L": [{"N": "x"}]}, "numeric value: x"),
    ],
)
def test_values_that_are_refused(typed: Any, refusal: str) -> None:
    with pytest.raises(ServiceError, match=refusal) as caught:
        accept_value(typed)
    assert caught.value.code == "ValidationException"


def test_thirty_two_levels_and_no_more() -> None:
    def nested(levels: int) -> Any:
        return {"L": [nested(levels - 1)]} if levels else {"S": "x"}

    assert accept_value(nested(31)) == nested(31)
    with pytest.raises(ServiceError, match="Nesting Levels"):
        accept_value(nested(32))
