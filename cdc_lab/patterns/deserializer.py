"""From DynamoDB's typed attribute values to Python's."""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import InvalidOperation, Rounded
from typing import Any

from boto3.dynamodb.types import DYNAMODB_CONTEXT, Binary

Item = dict[str, Any]
"""An item or its key with Python values: attribute name to value."""

# boto3's context with two of its traps set otherwise. What is no number at all is refused: boto3 lets it
# through as NaN. Zeros after the 38th digit are accepted: they lose nothing, yet boto3 refuses them.
CONTEXT = DYNAMODB_CONTEXT.copy()
CONTEXT.traps[InvalidOperation] = True
CONTEXT.traps[Rounded] = False
_number = CONTEXT.create_decimal


def deserialize(image: Mapping[str, Any]) -> Item:
    """Return an image's attributes as Python values, the same ones as boto3's ``TypeDeserializer``.

    Parameters
    ----------
    image : mapping
        ``Keys``, ``NewImage`` or ``OldImage`` of a stream record: attribute name to a mapping of one of the
        ten type tags to its value, such as ``{"dep_delay": {"N": "84"}}`` (fact A13). Binary values may have
        either form of fact A11: base64 text, as in a Lambda event, or bytes, as from ``GetRecords``. The two
        cannot be confused: a Lambda event is JSON and has no bytes, and boto3 never gives text for ``B``.

    Returns
    -------
    dict
        ``S`` as str, ``N`` as Decimal, exactly (fact A12), ``B`` as boto3's ``Binary``, ``BOOL`` as bool,
        ``NULL`` as None, ``M`` as dict, ``L`` as list, and ``SS``, ``NS``, ``BS`` as sets.

    Raises
    ------
    TypeError
        An attribute has no type tag, more than one, or one that DynamoDB does not have.
    ValueError
        A value does not suit its tag: not a number, more than 38 digits, not base64.

    Examples
    --------
    >>> deserialize({"flight_id": {"S": "UA1545"}, "dep_delay": {"N": "84"}, "gate": {"NULL": True}})
    {'flight_id': 'UA1545', 'dep_delay': Decimal('84'), 'gate': None}
    """
    try:
        return _map(image)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # Only an image that failed is walked a second time, for the place: good ones do not pay for it.
        problem = next(_problems_of_map(image, ""), None)
        raise problem or error from None


def is_typed(value: object) -> bool:
    """Return whether it looks like an attribute value: a mapping of one type tag to what it tags.

    Examples
    --------
    >>> is_typed({"N": "84"}), is_typed({"gate": "B4"})
    (True, False)
    """
    return isinstance(value, Mapping) and len(value) == 1 and value.keys() <= TYPE_TAGS


def _map(image: Mapping[str, Any]) -> Item:
    item = {}
    for name, typed in image.items():
        # Unpacking fails unless there is exactly one tag: of two, either could be the wrong one.
        (tag,) = typed
        # What is most frequent goes without another call.
        if tag == "S" or tag == "BOOL":
            item[name] = typed[tag]
        elif tag == "N":
            item[name] = _number(typed[tag])
        else:
            item[name] = _BY_TAG[tag](typed[tag])
    return item


def _list(values: Iterable[Mapping[str, Any]]) -> list[Any]:
    return [_BY_TAG[tag](typed[tag]) for typed in values for (tag,) in [typed]]


def _binary(value: str | bytes) -> Binary:
    return Binary(a2b_base64(value, strict_mode=True) if isinstance(value, str) else value)


_BY_TAG: dict[str, Callable[[Any], Any]] = {
    "S": lambda value: value,
    "N": _number,
    "B": _binary,
    "SS": set,
    "NS": lambda values: set(map(_number, values)),
    "BS": lambda values: set(map(_binary, values)),
    "BOOL": lambda value: value,
    "NULL": lambda _: None,
    "L": _list,
    "M": _map,
}
TYPE_TAGS = frozenset(_BY_TAG)
"""The ten type tags of attribute values (fact A13)."""
_TAGS = ", ".join(_BY_TAG)
_DIGITS = "at most 38 digits, as text"
_EXPECTED = {
    "N": f"a number of {_DIGITS}",
    "NS": f"a list of numbers of {_DIGITS}",
    "B": "bytes, or base64 text",
    "BS": "a list of bytes, or of base64 texts",
    "SS": "a list of strings",
    "L": "a list of typed values",
}


def _problems(typed: Any, path: str) -> Iterator[Exception]:
    """Walk one typed value slowly and say, with its place, what the fast way stumbled over."""
    if not isinstance(typed, Mapping) or len(typed) != 1:
        yield TypeError(
            f"attribute {path!r}: expected one type tag ({_TAGS}) and its value, got {_short(typed)}"
        )
        return
    ((tag, value),) = typed.items()
    if tag not in _BY_TAG:
        yield TypeError(f"attribute {path!r}: unknown type tag {tag!r}; DynamoDB has {_TAGS}")
    elif tag == "M":
        yield from _problems_of_map(value, path)
    elif tag == "L" and isinstance(value, list | tuple):
        for index, element in enumerate(value):
            yield from _problems(element, f"{path}[{index}]")
    else:
        try:
            _BY_TAG[tag](value)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            yield ValueError(
                f"attribute {path!r}, tag {tag!r}: expected {_EXPECTED[tag]}, got {_short(value)}"
            )


def _problems_of_map(image: Any, path: str) -> Iterator[Exception]:
    if not isinstance(image, Mapping):
        what = f"attribute {path!r}, tag 'M'" if path else "image"
        yield TypeError(f"{what}: expected a mapping of attribute names to typed values, got {_short(image)}")
        return
    for name, typed in image.items():
        yield from _problems(typed, f"{path}.{name}" if path else str(name))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
