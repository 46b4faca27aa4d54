"""Attribute values as a request brings them: checked as DynamoDB checks them, in normal form after that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from cdc_lab.emulator.dynamodb.images import PLAIN_NUMBER, Image, normalize_number
from cdc_lab.errors import ServiceError

MAX_ITEM_BYTES = 400 * 1024
_MAX_DIGITS = 38
_LARGEST, _SMALLEST = 125, -130  # exponents of ten
_MAX_LEVELS = 32

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?\Z", re.ASCII)
EMPTY_VALUE = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
_INVALID = "One or more parameter values were invalid: "
_BOOLEANS = {"TRUE": True, "YES": True, "1": True, "FALSE": False, "NO": False, "0": False}
_EMPTY_SETS = {"SS": "An string set  may not be empty", "NS": "An number set  may not be empty"}


def invalid(message: str) -> ServiceError:
    """A ValidationException."""
    return ServiceError("ValidationException", message)


def accept_number(text: str) -> str:
    """Return a request's number in normal form; refuse what DynamoDB cannot keep."""
    if PLAIN_NUMBER.match(text):
        return text
    if not _NUMBER.match(text):
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}") from None
    if not number:
        return "0"
    if number.adjusted() > _LARGEST:
        raise invalid(
            "Number overflow. Attempting to store a number with magnitude larger than supported range"
        )
    if number.adjusted() < _SMALLEST:
        raise invalid(
            "Number underflow. Attempting to store a number with magnitude smaller than supported range"
        )
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    if len(digits) > _MAX_DIGITS:
        raise invalid("Attempting to store more than 38 significant digits in a Number")
    return normalize_number(text)


def accept_value(typed: Mapping[str, Any], level: int = 1) -> dict[str, Any]:
    """Return one attribute value in normal form.

    Numbers lose what does not count, sets are sorted; the result shares nothing with the request.

    Raises
    ------
    ServiceError
        ``ValidationException`` for a value that DynamoDB does not keep.
    """
    if len(typed) != 1:
        raise invalid(
            "Supplied AttributeValue has more than one datatypes set, "
            "must contain exactly one of the supported datatypes"
            if typed
            else EMPTY_VALUE
        )
    if level > _MAX_LEVELS:
        raise invalid(
            "Nesting Levels have exceeded supported limits: "
            "Attributes in the item have nested levels beyond supported limit"
        )
    ((tag, value),) = typed.items()
    if tag == "S" or tag == "B":
        return {tag: value}
    if tag == "N":
        return {tag: accept_number(value)}
    if tag == "BOOL":
        return {tag: _accept_boolean(value)}
    if tag == "NULL":
        if value is not True:
            raise invalid(f"{_INVALID}Null attribute value types must have the value of true")
        return {tag: True}
    if tag == "M":
        return {tag: accept_image(value, level + 1)}
    if tag == "L":
        return {tag: [accept_value(inner, level + 1) for inner in value]}
    return {tag: _accept_set(tag, value)}


def _accept_boolean(value: Any) -> bool:
    # The service takes some words for it too (dynalite, whose tests run against AWS).
    return value if isinstance(value, bool) else _BOOLEANS[value.upper()]


def _accept_set(tag: str, members: list[str]) -> list[str]:
    if not members:
        raise invalid(_INVALID + _EMPTY_SETS.get(tag, "Binary sets should not be empty"))
    accepted = [accept_number(member) for member in members] if tag == "NS" else members
    unique = set(accepted)
    if len(unique) < len(accepted):
        which = f"[{', '.join(members)}]" if tag == "SS" else f"of type {tag}"
        raise invalid(f"{_INVALID}Input collection {which} contains duplicates.")
    return sorted(unique, key=Decimal) if tag == "NS" else sorted(unique)


def accept_image(item: Mapping[str, Mapping[str, Any]], level: int = 1) -> Image:
    """Return an item, or the members of a map, in normal form."""
    if "" in item:
        raise invalid("Empty attribute name")
    return {name: accept_value(typed, level) for name, typed in item.items()}
