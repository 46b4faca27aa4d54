"""Which attribute values DynamoDB takes: numbers that are numbers, sets with members, 32 levels."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from cdc_lab.emulator.expressions.values import DIGITS, LARGEST, SMALLEST
from cdc_lab.emulator.images import normalize_number
from cdc_lab.errors import ServiceError

MAX_LEVELS = 32
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_PLAIN = re.compile(r"-?[0-9]{1,38}\Z")
_INVALID = "One or more parameter values were invalid: "
_EMPTY = {"SS": "An string set  may not", "NS": "An number set  may not", "BS": "Binary sets should not"}


def check_item(image: dict[str, Any]) -> None:
    """Refuse an item with an attribute value that DynamoDB does not take.

    Parameters
    ----------
    image : dict
        Attribute values as the call gives them, binary values as base64 text or bytes.

    Raises
    ------
    ServiceError
        ``ValidationException`` with DynamoDB Local's text.
    """
    for name, typed in image.items():
        if not name:
            raise _refused("Empty attribute name")
        check_value(typed)


def check_value(typed: dict[str, Any], level: int = 1) -> None:
    """Refuse one attribute value, as `check_item` does."""
    if len(typed) != 1:
        what = "has more than one datatypes set" if typed else "is empty"
        raise _refused(f"Supplied AttributeValue {what}, must contain exactly one of the supported datatypes")
    if level > MAX_LEVELS:
        what = "Attributes in the item have nested levels beyond supported limit"
        raise _refused(f"Nesting Levels have exceeded supported limits: {what}")
    tag, raw = next(iter(typed.items()))
    if tag == "N":
        check_number(raw)
    elif tag in ("SS", "NS", "BS"):
        _check_set(tag, raw)
    elif tag == "NULL" and not raw:
        raise _refused(_INVALID + "Null attribute value types must have the value of true")
    elif tag == "L":
        for inner in raw:
            check_value(inner, level + 1)
    elif tag == "M":
        for name, inner in raw.items():
            if not name:
                raise _refused("Empty attribute name")
            check_value(inner, level + 1)


def check_number(text: str) -> None:
    """Refuse what is no number, and numbers of more than 38 digits or out of range."""
    if _PLAIN.match(text):
        return
    if not _NUMBER.match(text):
        raise _refused("A value provided cannot be converted into a number")
    number = Decimal(text)
    if not number:
        return
    if abs(number) > LARGEST and number.adjusted() > LARGEST.adjusted():
        raise _refused(
            "Number overflow. Attempting to store a number with magnitude larger than supported range"
        )
    if abs(number) < SMALLEST:
        raise _refused(
            "Number underflow. Attempting to store a number with magnitude smaller than supported range"
        )
    if len(text) > DIGITS and len("".join(map(str, number.as_tuple().digits)).strip("0")) > DIGITS:
        raise _refused(f"DynamoDB only supports precision up to {DIGITS} digits")


def _check_set(tag: str, members: list[Any]) -> None:
    if not members:
        which = {
            "SS": "An string set  may not",
            "NS": "An number set  may not",
            "BS": "Binary sets should not",
        }
        raise _refused(f"{_INVALID}{which[tag]} be empty")
    if tag == "NS":
        for member in members:
            check_number(member)
        if len(set(map(normalize_number, members))) < len(members):
            raise _refused("Input collection contains duplicates")
    elif len(set(members)) < len(members):
        if tag == "SS":
            raise _refused(f"{_INVALID}Input collection [{', '.join(members)}] contains duplicates")
        raise _refused(f"{_INVALID}Input collection of type BS contains duplicates.")


def _refused(text: str) -> ServiceError:
    return ServiceError("ValidationException", text)
