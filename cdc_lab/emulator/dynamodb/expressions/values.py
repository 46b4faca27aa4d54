"""Values in wire form: equal, greater, inside another, added."""

from __future__ import annotations

import base64
import re
from decimal import Context, Decimal
from typing import Any

from cdc_lab.emulator.dynamodb.expressions.errors import ItemError, wrong_type
from cdc_lab.emulator.dynamodb.images import normalize, normalize_number

Typed = dict[str, Any]

ORDERED = ("S", "N", "B")
SETS = ("SS", "NS", "BS")
DIGITS = 38
LARGEST = Decimal("9." + "9" * 37 + "E+125")
SMALLEST = Decimal("1E-130")
_SMALL = re.compile(r"-?[0-9]{1,18}\Z")
_EXACT = Context(prec=400)  # holds every sum of two numbers that DynamoDB can store


def tag_of(typed: Typed) -> str:
    """A value's type tag."""
    return next(iter(typed))


def order(typed: Typed) -> Any:
    """What values of one ordered type are compared by: text by its UTF-8 bytes, numbers by size."""
    tag, raw = next(iter(typed.items()))
    if tag == "N":
        return Decimal(raw)
    return raw.encode() if tag == "S" else base64.b64decode(raw)


def compare(sign: str, left: Typed | None, right: Typed | None) -> bool:
    """Whether ``left sign right`` holds; what is missing equals nothing and has no order."""
    if sign == "=":
        return left is not None and left == right
    if sign == "<>":
        return left is None or left != right
    if left is None or right is None:
        return False
    tag = tag_of(left)
    if tag != tag_of(right) or tag not in ORDERED:
        return False
    one, other = order(left), order(right)
    if sign == "<":
        return bool(one < other)
    if sign == "<=":
        return bool(one <= other)
    return bool(one > other if sign == ">" else one >= other)


def begins(whole: Typed | None, start: Typed | None) -> bool:
    """Whether a text or a binary value starts with another."""
    if whole is None or start is None or tag_of(whole) != tag_of(start) or tag_of(whole) not in ("S", "B"):
        return False
    return bool(order(whole).startswith(order(start)))


def contains(whole: Typed | None, part: Typed | None) -> bool:
    """Whether a text has another in it, a set a member, a list an element."""
    if whole is None or part is None:
        return False
    tag, raw = next(iter(whole.items()))
    if tag == "L":
        return part in raw
    if tag in SETS:
        return tag_of(part) == tag[0] and part[tag[0]] in raw
    return tag in ("S", "B") and tag_of(part) == tag and order(part) in order(whole)


def size(typed: Typed | None) -> Typed | None:
    """The size of a text (in UTF-16 units), of bytes, or of a collection; None where there is none."""
    if typed is None:
        return None
    tag, raw = next(iter(typed.items()))
    if tag == "S":
        return {"N": str(len(raw) if raw.isascii() else len(raw.encode("utf-16-le")) // 2)}
    if tag == "B":
        return {"N": str(len(base64.b64decode(raw)))}
    return {"N": str(len(raw))} if tag in (*SETS, "L", "M") else None


def add(left: str, right: str, sign: str = "+") -> str:
    """The exact sum or difference of two numbers.

    Raises
    ------
    ItemError
        It has more than 38 digits, or is too large or too small to be stored.
    """
    if _SMALL.match(left) and _SMALL.match(right):
        return str(int(left) + int(right) if sign == "+" else int(left) - int(right))
    one, other = Decimal(left), Decimal(right)
    total = _EXACT.add(one, other) if sign == "+" else _EXACT.subtract(one, other)
    if not total:
        return "0"
    if abs(total) > LARGEST:
        raise ItemError(
            "Number overflow. Attempting to store a number with magnitude larger than supported range"
        )
    if abs(total) < SMALLEST:
        raise ItemError(
            "Number underflow. Attempting to store a number with magnitude smaller than supported range"
        )
    if len(_EXACT.normalize(total).as_tuple().digits) > DIGITS:
        raise ItemError("DynamoDB only supports precision up to 38 digits")
    return normalize_number(str(total))


def added(current: Typed | None, more: Typed) -> Typed:
    """What ADD makes of a value: a sum, or a set with more members."""
    if current is None:
        return more
    tag = tag_of(more)
    if tag_of(current) != tag:
        raise wrong_type()
    if tag == "N":
        return {"N": add(current["N"], more["N"])}
    return {tag: normalize(tag, [*current[tag], *more[tag]])}


def without(current: Typed | None, members: Typed) -> Typed | None:
    """What DELETE leaves of a set; None where nothing is left."""
    if current is None:
        return None
    tag = tag_of(members)
    if tag_of(current) != tag:
        raise wrong_type()
    left = [one for one in current[tag] if one not in members[tag]]
    return {tag: left} if left else None
