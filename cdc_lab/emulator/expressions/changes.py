"""The changes of an update, made to a copy of an item's image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cdc_lab.emulator.expressions.errors import wrong_path
from cdc_lab.emulator.expressions.nodes import Path
from cdc_lab.emulator.expressions.paths import Typed, copied, find
from cdc_lab.emulator.images import Image


class Change(NamedTuple):
    """A path, and what comes there, given the image as it was; None: nothing, what is there goes."""

    path: Path
    work: Callable[[Image], Typed | None]


def change(image: Image, changes: list[Change]) -> Image:
    """A copy of an image with all changes made.

    List indexes are those of the image as it was: an element set beyond the end is appended, in the
    order of the indexes, and elements are removed after everything else.

    Raises
    ------
    ItemError
        A path leads nowhere, or a value does not fit.
    """
    after = dict(image)
    nested: list[tuple[Path, Typed | None]] = []
    owned: set[Any] = set()
    for path, work in changes:
        _check_parent(image, path)
        value = work(image)
        if len(path) > 1:
            nested.append((path, value))
            name = path[0]
            if name not in owned:
                owned.add(name)
                after[name] = copied(image[name])  # type: ignore[index]
        elif value is None:
            after.pop(path[0], None)  # type: ignore[arg-type]
        else:
            after[path[0]] = value  # type: ignore[index]
    # By path: so elements that are appended come in the order of their indexes.
    nested.sort(key=lambda pair: [(isinstance(part, int), part) for part in pair[0]])
    containers = [find(after, path[:-1]) for path, _ in nested]
    for (path, value), container in zip(nested, containers, strict=True):
        if value is not None:
            _place(container, path[-1], value)
    for (path, value), container in reversed(list(zip(nested, containers, strict=True))):
        if value is None:
            _remove(container, path[-1])
    return after


def _check_parent(image: Image, path: Path) -> None:
    if len(path) == 1:
        return
    parent = find(image, path[:-1])
    if parent is None or ("L" if isinstance(path[-1], int) else "M") not in parent:
        raise wrong_path()


def _place(container: Any, part: str | int, value: Typed) -> None:
    if isinstance(part, str):
        container["M"][part] = value
    elif part < len(container["L"]):
        container["L"][part] = value
    else:
        container["L"].append(value)


def _remove(container: Any, part: str | int) -> None:
    if isinstance(part, str):
        container["M"].pop(part, None)
    elif part < len(container["L"]):
        del container["L"][part]
