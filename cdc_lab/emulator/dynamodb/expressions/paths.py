"""Document paths inside an item's image."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cdc_lab.emulator.dynamodb.expressions.nodes import Path
from cdc_lab.emulator.dynamodb.images import Image

Typed = dict[str, Any]


def find(image: Image | None, path: Path) -> Typed | None:
    """The value at a path, or None where the image has none."""
    if image is None:
        return None
    found: Any = image.get(path[0])  # type: ignore[arg-type]
    for part in path[1:]:
        if found is None:
            return None
        found = member(found, part)
    return found  # type: ignore[no-any-return]


def member(typed: Typed, part: str | int) -> Typed | None:
    """The member of a map or the element of a list, or None."""
    if isinstance(part, int):
        elements = typed.get("L")
        return elements[part] if elements is not None and part < len(elements) else None
    members = typed.get("M")
    return None if members is None else members.get(part)


def copied(typed: Typed) -> Typed:
    """A copy of a value whose maps and lists are its own."""
    if "M" in typed:
        return {"M": {name: copied(inner) for name, inner in typed["M"].items()}}
    if "L" in typed:
        return {"L": [copied(inner) for inner in typed["L"]]}
    return typed


def picked(image: Image | None, paths: Iterable[Path]) -> Image | None:
    """What stands at some paths of an image: what a projection returns, and UPDATED_OLD or UPDATED_NEW.

    Only what stands at the paths themselves, inside the maps and lists that lead there; elements
    of a list stand alone in their list. (For updates DynamoDB Local returns whole attributes.)

    Parameters
    ----------
    image : Image or None
        The item.
    paths : iterable of Path
        What a projection names, or an update sets and removes.

    Returns
    -------
    Image or None
        None where none of the paths leads anywhere.
    """
    tree: dict[Any, Any] = {}
    for path in paths:
        if find(image, path) is not None:
            branch = tree
            for part in path:
                branch = branch.setdefault(part, {})
    if image is None or not tree:
        return None
    return {name: _pruned(image[name], branch) for name, branch in tree.items()}


def _pruned(typed: Typed, branch: dict[Any, Any]) -> Typed:
    if not branch:
        return typed
    if "M" in typed:
        return {"M": {name: _pruned(typed["M"][name], below) for name, below in branch.items()}}
    return {"L": [_pruned(typed["L"][index], branch[index]) for index in sorted(branch)]}
