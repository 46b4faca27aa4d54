"""Filter patterns: which records reach the function (C46 to C56)."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Test = Callable[[Any], bool]
Predicate = Callable[[list[Any]], bool]

# A leaf that is not there; JSON's null is there.
_ABSENT = object()

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class _Float(float):
    """A number of a pattern that remembers how it was written."""

    def __new__(cls, text: str) -> _Float:
        number = super().__new__(cls, text)
        number.text = text
        return number

    text: str


class InvalidPattern(ValueError):
    """A pattern that AWS refuses; the message says where."""


def compile_patterns(patterns: Iterable[str]) -> Callable[[dict[str, Any]], bool]:
    """Compile the patterns of ``FilterCriteria``.

    Parameters
    ----------
    patterns : iterable of str
        JSON texts; a record passes when any of them matches (C46).

    Returns
    -------
    callable
        Takes a record of the Lambda event.

    Raises
    ------
    InvalidPattern
        For what is no pattern (C55).
    """
    compiled = [_compile_text(text) for text in patterns]
    return lambda record: any(predicate([record]) for predicate in compiled)


def _compile_text(text: str) -> Predicate:
    try:
        # Of duplicate keys only the last one counts (C53): what json.loads does.
        pattern = json.loads(text, parse_float=_Float)
    except ValueError as error:
        raise InvalidPattern(f"not JSON: {error}") from None
    if not isinstance(pattern, dict) or not pattern:
        raise InvalidPattern("the pattern must be an object that is not empty")
    return _object(pattern, "")


def _object(pattern: dict[str, Any], where: str) -> Predicate:
    parts: list[Predicate] = []
    for key, value in pattern.items():
        path = f"{where}.{key}" if where else key
        if key == "$or":
            parts.append(_either(value, where))
        elif isinstance(value, dict):
            if not value:
                raise InvalidPattern(f"{path} is empty")
            parts.append(_inside(key, _object(value, path)))
        elif isinstance(value, list):
            parts.append(_leaf(key, _values(value, path)))
        else:
            raise InvalidPattern(f"{path} must be an array or an object")  # leaves are arrays (C47)
    return lambda nodes: all(part(nodes) for part in parts)


def _either(alternatives: Any, where: str) -> Predicate:
    if not isinstance(alternatives, list) or len(alternatives) < 2:
        raise InvalidPattern("$or takes an array of two or more objects")
    if not all(isinstance(alternative, dict) and alternative for alternative in alternatives):
        raise InvalidPattern("$or takes objects that are not empty")
    choices = [_object(alternative, where) for alternative in alternatives]
    return lambda nodes: any(choice(nodes) for choice in choices)


def _children(nodes: list[Any], key: str) -> list[Any]:
    # Lists are looked into (C51): each element stands for itself.
    return [value for node in nodes if isinstance(node, dict) and key in node for value in _spread(node[key])]


def _spread(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else (value,)


def _inside(key: str, rest: Predicate) -> Predicate:
    return lambda nodes: rest(_children(nodes, key))


def _leaf(key: str, tests: list[Test]) -> Predicate:
    def matches(nodes: list[Any]) -> bool:
        # Only leaves are seen: for an inner node, the attribute under its type tag, nothing is
        # there, so that "exists: false" holds for it although it is there (C51).
        leaves = [value for value in _children(nodes, key) if not isinstance(value, dict)] or [_ABSENT]
        return any(test(leaf) for leaf in leaves for test in tests)

    return matches


def _values(values: list[Any], where: str) -> list[Test]:
    if not values:
        raise InvalidPattern(f"{where} is an empty array")
    return [_test(value, where) for value in values]


def _test(value: Any, where: str) -> Test:
    if isinstance(value, dict):
        return _operation(value, where)
    if isinstance(value, list):
        raise InvalidPattern(f"{where} holds an array in an array")
    return _equals(value)


def _equals(value: Any) -> Test:
    if value is None or isinstance(value, bool | str):
        return lambda leaf: type(leaf) is type(value) and leaf == value
    # Numbers compare by their text (C48): 300, 300.0 and 3.0e2 differ.
    text = value.text if isinstance(value, _Float) else json.dumps(value)
    return lambda leaf: type(leaf) in (int, float) and json.dumps(leaf) == text


def _operation(operation: dict[str, Any], where: str) -> Test:
    if len(operation) != 1:
        raise InvalidPattern(f"{where}: an operator object has exactly one key")
    ((name, argument),) = operation.items()
    try:
        make = _OPERATIONS[name]
    except KeyError:
        raise InvalidPattern(f"{where}: unknown operator {name!r}") from None
    return make(argument, f"{where}.{name}")


def _text(argument: Any, where: str) -> str:
    if not isinstance(argument, str):
        raise InvalidPattern(f"{where} takes a string")
    return argument


def _prefix(argument: Any, where: str) -> Test:
    text = _text(argument, where)
    return lambda leaf: isinstance(leaf, str) and leaf.startswith(text)


def _suffix(argument: Any, where: str) -> Test:
    text = _text(argument, where)
    return lambda leaf: isinstance(leaf, str) and leaf.endswith(text)


def _ignore_case(argument: Any, where: str) -> Test:
    text = _text(argument, where).lower()
    return lambda leaf: isinstance(leaf, str) and leaf.lower() == text


def _exists(argument: Any, where: str) -> Test:
    if not isinstance(argument, bool):
        raise InvalidPattern(f"{where} takes true or false")
    return lambda leaf: (leaf is not _ABSENT) is argument


def _anything_but(argument: Any, where: str) -> Test:
    if isinstance(argument, dict):
        refused = [_operation(argument, where)]
    else:
        refused = _values(list(_spread(argument)), where)
    return lambda leaf: leaf is not _ABSENT and not any(test(leaf) for test in refused)


def _numeric(argument: Any, where: str) -> Test:
    if not isinstance(argument, list) or len(argument) not in (2, 4):
        raise InvalidPattern(f"{where} takes an operator and a number, once or twice")
    pairs = list(zip(argument[::2], argument[1::2], strict=True))
    for sign, limit in pairs:
        if sign not in _COMPARE or isinstance(limit, bool) or not isinstance(limit, int | float):
            raise InvalidPattern(f"{where}: {sign!r} {limit!r} is no comparison")
    # Attribute values are strings, so that this never holds for them (C49).
    return lambda leaf: (
        type(leaf) in (int, float) and all(_COMPARE[sign](leaf, limit) for sign, limit in pairs)
    )


_OPERATIONS: dict[str, Callable[[Any, str], Test]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignore_case,
    "exists": _exists,
    "anything-but": _anything_but,
    "numeric": _numeric,
}
