"""The bounds that a service's model sets to a request: lengths, ranges, patterns, words, what is required."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from cdc_lab.errors import ServiceError

_MOST_NAMED = 10  # a refusal names no more (third party: dynalite, whose tests run against AWS)

# The order in which AWS lists these words is not the model's (third party: dynalite).
_WORDS = {"ScalarAttributeType": ("B", "N", "S"), "ProjectionType": ("ALL", "INCLUDE", "KEYS_ONLY")}
_PYTHON: dict[str, Any] = {
    "string": str,
    "integer": int,
    "long": int,
    "list": list,
    "structure": dict,
    "map": dict,
}


def check_constraints(shape: Any, request: Mapping[str, Any], more: Iterable[str] = ()) -> None:
    """Refuse a request that is outside of its model's bounds.

    Parameters
    ----------
    shape : botocore.model.Shape
        What the operation takes.
    request : mapping
    more : iterable of str
        Further violations, which the model does not know.

    Raises
    ------
    ServiceError
        ``ValidationException``; it names every violation, ten at most.
    TypeError
        A value has another type than the model gives it (see ``refusal_of``).
    """
    found = [*more, *islice(violations(shape, request), _MOST_NAMED)][:_MOST_NAMED]
    if found:
        raise detected(*found)


def violations(shape: Any, value: Any, where: str = "") -> Iterator[str]:
    """What of a value is outside of its model's bounds, in AWS's words.

    Parameters
    ----------
    shape : botocore.model.Shape
    value : object
    where : str
        The value's path in the request: ``keySchema.1.member``.
    """
    kind = shape.type_name
    if not isinstance(value, _PYTHON.get(kind, object)):
        raise TypeError(f"{where or shape.name} is no {kind}: {value!r}")
    if kind == "structure":
        for name, member in shape.members.items():
            path = f"{where}.{lower_first(name)}" if where else lower_first(name)
            if value.get(name) is not None:
                yield from violations(member, value[name], path)
            elif name in shape.required_members:
                yield unsatisfied("null", path, "Member must not be null", quoted=False)
    elif kind == "list":
        yield from _lengths(shape.metadata, value, _shown(shape, value), where)
        for number, entry in enumerate(value, 1):
            yield from violations(shape.member, entry, f"{where}.{number}.member")
    elif kind == "string":
        yield from text_violations(shape, value, where)
    elif kind in ("integer", "long"):
        for bound, relation in _outside(shape.metadata, value):
            yield unsatisfied(value, where, f"Member must have value {relation} than or equal to {bound}")


def text_violations(shape: Any, value: str, where: str) -> Iterator[str]:
    """What of a text is outside of its model's bounds; see :func:`violations`."""
    rules = shape.metadata
    words = _WORDS.get(shape.name, rules.get("enum"))
    if words and value not in words:
        yield unsatisfied(value, where, f"Member must satisfy enum value set: [{', '.join(words)}]")
    if "pattern" in rules and not re.fullmatch(rules["pattern"], value):
        yield unsatisfied(value, where, f"Member must satisfy regular expression pattern: {rules['pattern']}")
    yield from _lengths(rules, value, value, where)


def unsatisfied(value: Any, where: str, constraint: str, *, quoted: bool = True) -> str:
    """One violation in AWS's words."""
    shown = f"'{value}'" if quoted else value
    return f"Value {shown} at '{where}' failed to satisfy constraint: {constraint}"


def detected(*found: str) -> ServiceError:
    """Return the refusal of a request for its violations, each as :func:`unsatisfied` words it."""
    plural = "s" if len(found) > 1 else ""
    return ServiceError(
        "ValidationException", f"{len(found)} validation error{plural} detected: {'; '.join(found)}"
    )


def _lengths(rules: Mapping[str, Any], value: Any, shown: str, where: str) -> Iterator[str]:
    for bound, relation in _outside(rules, len(value)):
        yield unsatisfied(shown, where, f"Member must have length {relation} than or equal to {bound}")


def _outside(rules: Mapping[str, Any], size: int) -> Iterator[tuple[int, str]]:
    if "min" in rules and size < rules["min"]:
        yield rules["min"], "greater"
    if "max" in rules and size > rules["max"]:
        yield rules["max"], "less"


def _shown(shape: Any, value: list[Any]) -> str:
    """A list as the refusals of a service in Java show it."""
    return f"[{', '.join(java(shape.member, entry) for entry in value)}]"


def java(shape: Any, value: Any) -> str:
    """A value as the refusals show it: ``KeySchemaElement(attributeName=pk, keyType=HASH)``."""
    if shape.type_name != "structure":
        return str(value)
    inner = (f"{lower_first(name)}={value[name]}" for name in shape.members if name in value)
    return f"{shape.name}({', '.join(inner)})"


def lower_first(name: str) -> str:
    """A parameter's name as the refusals spell it: ``tableName``."""
    return name[0].lower() + name[1:]
