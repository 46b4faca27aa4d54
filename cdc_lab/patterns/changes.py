"""What changed between two images of an item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Kind = Literal["added", "changed", "removed"]


class Change(NamedTuple):
    """One attribute's change.

    Attributes
    ----------
    old, new : Any
        The values before and after. None where the attribute was absent, and also where it was DynamoDB's
        ``NULL``: `kind` tells the two apart.
    kind : {"added", "changed", "removed"}
        Whether the attribute appeared, took another value, or went away.
    """

    old: Any
    new: Any
    kind: Kind


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Change]:
    """Return the attributes that differ between two items, in the order of their names.

    Numbers are equal by value (``1`` and ``1.0``), sets without order; values of different types differ, also
    where Python calls them equal (the number 1 and ``True``).

    Parameters
    ----------
    old, new : mapping
        Deserialized images: attribute name to Python value.

    Returns
    -------
    dict
        Attribute name to `Change`. Unchanged attributes are left out; a change inside a map or a list is a
        change of the attribute that holds it.
    """
    changes = {}
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            changes[name] = Change(None, new[name], "added")
        elif name not in new:
            changes[name] = Change(old[name], None, "removed")
        elif not same(old[name], new[name]):
            changes[name] = Change(old[name], new[name], "changed")
    return changes


def same(first: Any, second: Any) -> bool:
    """Whether two deserialized values are the same value of the same DynamoDB type."""
    if type(first) is not type(second):
        return False
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[name], second[name]) for name in first)
    if isinstance(first, list):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)
