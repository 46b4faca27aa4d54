"""Item images: attribute values as DynamoDB keeps them, their sizes, and cheap copies.

An *image* is a plain dict of attribute values in wire form: ``{"flight": {"S": "UA1"}}``,
numbers as strings, binary values as base64 text, as in a Lambda event (A11, A12).
"""

from __future__ import annotations

import base64
import marshal
import re
from decimal import Decimal
from typing import Any

Image = dict[str, dict[str, Any]]

PLAIN_NUMBER = re.compile(r"(?:0|-?[1-9][0-9]{0,37})\Z")  # in normal form as it is (A18)
_BINARY = frozenset({"B", "BS"})
_MAY_HOLD_BINARY = frozenset({"B", "BS", "M", "L"})


def normalize_number(text: str) -> str:
    """Return a number as DynamoDB gives it back: no leading or trailing zeros, no exponent (A18)."""
    if PLAIN_NUMBER.match(text):
        return text
    number = Decimal(text)
    if not number:
        return "0"
    plain = format(number, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return plain


def normalize(tag: str, value: Any) -> Any:
    """Return the value of one attribute in the one form that equal values share.

    Sets become sorted lists (a set has no order), numbers lose what does not count.
    """
    if tag == "N":
        return normalize_number(value)
    if tag == "M":
        return {name: {t: normalize(t, v) for t, v in inner.items()} for name, inner in value.items()}
    if tag == "L":
        return [{t: normalize(t, v) for t, v in inner.items()} for inner in value]
    if tag == "NS":
        return sorted({normalize_number(v) for v in value}, key=Decimal)
    if tag in ("SS", "BS"):
        return sorted(set(value))
    return value


def number_size(text: str) -> int:
    """Bytes of a normalized number: one per two significant digits, and one more (A18).

    The digits are counted in pairs from the decimal point, as DynamoDB Local does; a negative
    number takes one byte more.
    """
    if text.isdigit():  # most numbers are: the pairs, but for those of zeros at the end
        zeros = len(text) - len(text.rstrip("0"))
        return 1 if text == "0" else (len(text) + 1) // 2 - zeros // 2 + 1
    negative = text.startswith("-")
    whole, _, fraction = text.lstrip("-").partition(".")
    whole = whole.lstrip("0")
    if len(whole) % 2:
        whole = "0" + whole
    if len(fraction) % 2:
        fraction += "0"
    pairs = [whole[i : i + 2] for i in range(0, len(whole), 2)]
    pairs += [fraction[i : i + 2] for i in range(0, len(fraction), 2)]
    while pairs and pairs[0] == "00":
        pairs.pop(0)
    while pairs and pairs[-1] == "00":
        pairs.pop()
    return len(pairs) + 1 + (1 if negative else 0)


def value_size(tag: str, value: Any) -> int:
    """Bytes of one attribute value by the item-size rules (A18)."""
    if tag == "S":
        return len(value) if value.isascii() else len(value.encode())
    if tag == "N":
        return number_size(value)
    if tag == "BOOL" or tag == "NULL":
        return 1
    if tag == "B":
        return binary_length(value)
    if tag == "M":
        inside = [(len(n.encode()), t, v) for n, inner in value.items() for t, v in inner.items()]
        return 3 + sum(1 + name_length + value_size(t, v) for name_length, t, v in inside)
    if tag == "L":
        return 3 + sum(1 + value_size(t, v) for inner in value for t, v in inner.items())
    if tag == "NS":
        return sum(map(number_size, value))
    if tag == "SS":
        return sum(len(v.encode()) for v in value)
    return sum(map(binary_length, value))


def binary_length(text: str) -> int:
    """Raw bytes behind a base64 text."""
    return len(text) // 4 * 3 - text.count("=", -2)


def image_size(image: Image) -> int:
    """Bytes of a whole image: attribute names in UTF-8 and their values (A18)."""
    total = 0
    for name, typed in image.items():
        for tag, value in typed.items():
            total += (len(name) if name.isascii() else len(name.encode())) + value_size(tag, value)
    return total


def has_binary(image: Image) -> bool:
    """Whether a binary value stands anywhere in the image."""
    for typed in image.values():
        for tag, value in typed.items():
            if tag in _MAY_HOLD_BINARY and _holds_binary(tag, value):
                return True
    return False


def _holds_binary(tag: str, value: Any) -> bool:
    if tag in _BINARY:
        return True
    if tag == "M":
        return has_binary(value)
    if tag == "L":
        return any(_holds_binary(t, v) for inner in value for t, v in inner.items())
    return False


def with_bytes(image: Image) -> Image:
    """Turn base64 texts into bytes, in place: the form boto3's GetRecords returns (A11)."""
    for typed in image.values():
        _decode(typed)
    return image


def _decode(typed: dict[str, Any]) -> None:
    for tag, value in typed.items():
        if tag == "B":
            typed[tag] = base64.b64decode(value)
        elif tag == "BS":
            typed[tag] = [base64.b64decode(v) for v in value]
        elif tag == "M":
            with_bytes(value)
        elif tag == "L":
            for inner in value:
                _decode(inner)


def as_json(value: Any) -> Any:
    """Return typed values as a Lambda event has them: bytes become base64 text (A11)."""
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: as_json(element) for name, element in value.items()}
    return [as_json(element) for element in value] if isinstance(value, list | tuple | set) else value


def label(key: Image) -> str:
    """Return a key as the trace shows it: ``flight_id=UA1545``."""
    return ", ".join(f"{name}={next(iter(value.values()))}" for name, value in key.items())


class PackedImage:
    """One version of an item, packed: history that no caller can change.

    The image is kept marshalled; every look at it is a fresh copy, at the speed of C.

    Attributes
    ----------
    blob : bytes
        The marshalled image.
    size : int
        Bytes by the item-size rules.
    binary : bool
        Whether a binary value stands in it.
    """

    __slots__ = ("binary", "blob", "size")

    def __init__(self, image: Image) -> None:
        # Version 2 has no back references: equal images give equal bytes, whoever else holds their parts.
        self.blob = marshal.dumps(image, 2)
        self.size = image_size(image)
        self.binary = has_binary(image)

    def image(self) -> Image:
        """A fresh copy in wire form (base64 texts)."""
        copy: Image = marshal.loads(self.blob)
        return copy

    def python_image(self) -> Image:
        """A fresh copy as boto3 returns it (bytes)."""
        return with_bytes(self.image()) if self.binary else self.image()

    def same_as(self, other: PackedImage) -> bool:
        """Whether both hold equal items, whatever the order of their attributes."""
        return self.blob == other.blob or (self.size == other.size and self.image() == other.image())

    def __repr__(self) -> str:
        return f"<PackedImage {self.image()}>"
