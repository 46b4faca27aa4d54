"""ExpressionAttributeNames and ExpressionAttributeValues: what they may look like, and that they are used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from cdc_lab.emulator.dynamodb.expressions.errors import invalid
from cdc_lab.emulator.dynamodb.expressions.nodes import Node, Path, PathNode, ValueNode, walk
from cdc_lab.emulator.dynamodb.images import normalize
from cdc_lab.errors import ServiceError

Names = Mapping[str, str]
Values = Mapping[str, dict[str, Any]]

_KEYS = {"Names": re.compile(r"#[A-Za-z0-9_]+\Z"), "Values": re.compile(r":[A-Za-z0-9_]+\Z")}
MAX_KEY = 256


class Compiled(Protocol):
    """An expression with its names and values."""

    @property
    def names_used(self) -> frozenset[str]:
        """The placeholders of names that it mentions."""

    @property
    def values_used(self) -> frozenset[str]:
        """The placeholders of values that it mentions."""


def check_placeholders(names: Names | None, values: Values | None) -> None:
    """Refuse placeholders that could stand in no expression.

    Parameters
    ----------
    names, values : mapping or None
        As the call gives them; None where it does not.

    Raises
    ------
    ServiceError
        One is empty, or has a key or a name that is none.
    """
    for which, given in (("Names", names), ("Values", values)):
        if given is None:
            continue
        if not given:
            raise _refused(f"ExpressionAttribute{which} must not be empty")
        for key in given:
            if len(key) > MAX_KEY:
                text = (
                    f"The expression attribute map contains a key that is too long; size of key: {len(key)}"
                )
                raise _refused(f"ExpressionAttribute{which} contains invalid key: {text}")
            if not _KEYS[which].match(key):
                raise _refused(f'ExpressionAttribute{which} contains invalid key: Syntax error; key: "{key}"')
    for key, name in (names or {}).items():
        if not name:
            text = f"Empty attribute name for key {key}"
            raise _refused(f"ExpressionAttributeNames contains invalid value: {text}")


def check_unused(names: Names | None, values: Values | None, compiled: Iterable[Compiled]) -> None:
    """Refuse placeholders that none of a call's expressions uses.

    Raises
    ------
    ServiceError
        Naming them.
    """
    used = list(compiled)
    for which, given in (("Names", names), ("Values", values)):
        in_use = {key for one in used for key in (one.names_used if which == "Names" else one.values_used)}
        spare = [key for key in given or () if key not in in_use]
        if spare:
            keys = ", ".join(spare)
            raise _refused(
                f"Value provided in ExpressionAttribute{which} unused in expressions: keys: {{{keys}}}"
            )


def resolve(kind: str, path: Path, names: Names) -> Path:
    """A path with its names looked up."""
    return tuple(
        _looked_up(kind, part, names) if isinstance(part, str) and part.startswith("#") else part
        for part in path
    )


def _looked_up(kind: str, alias: str, names: Names) -> str:
    if alias not in names:
        text = "An expression attribute name used in the document path is not defined; attribute name"
        raise invalid(kind, f"{text}: {alias}")
    return names[alias]


def keyed(values: Values) -> tuple[tuple[str, str], ...]:
    """The placeholders of values with their type tags: what the reading of an expression depends on."""
    return tuple((placeholder, next(iter(typed))) for placeholder, typed in values.items())


def normalized(values: Values) -> dict[str, dict[str, Any]]:
    """Values in the one form that equal values share."""
    return {
        placeholder: {tag: normalize(tag, raw) for tag, raw in typed.items()}
        for placeholder, typed in values.items()
    }


def tag_of_value(kind: str, node: ValueNode, tags: Mapping[str, str]) -> str:
    """The type tag of the value behind a placeholder."""
    if node.placeholder not in tags:
        text = "An expression attribute value used in expression is not defined; attribute value"
        raise invalid(kind, f"{text}: {node.placeholder}")
    return tags[node.placeholder]


def aliases(nodes: Iterable[Node]) -> frozenset[str]:
    """The names that expressions look up."""
    paths = (node.path for top in nodes for node in walk(top) if isinstance(node, PathNode))
    return frozenset(part for path in paths for part in path if isinstance(part, str) and part[0] == "#")


def placeholders(nodes: Iterable[Node]) -> frozenset[str]:
    """The placeholders of the values that expressions use."""
    return frozenset(node.placeholder for top in nodes for node in walk(top) if isinstance(node, ValueNode))


def _refused(text: str) -> ServiceError:
    return ServiceError("ValidationException", text)
