"""The changes of an update, made to a copy of an item's image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cdc_lab.emulator.dynamodb.expressions.errors import wrong_path
from cdc_lab.emulator.dynamodb.expressions.nodes import Path
from cdc_lab.emulator.dynamodb.expressions.paths import Typed, copied, find
from cdc_lab.emulator.dynamodb.images import Image


def change(
    image: Image, paths: list[Path], works: list[Callable[[Image, Any], Typed | None]], values: Any
) -> Image:
    """A copy of an image with all changes made.

    List indexes are those of the image as it was: an element set beyond the end is appended, in the
    order of the indexes, and elements are removed after everything else.

    Parameters
    ----------
    image : Image
        It stays as it is.
    paths, works : list
        Where something changes, and what comes there, given the image as it was and the call's
        values; None: what is there goes.
    values : Any
        The call's values.

    Raises
    ------
    ItemError
        A path leads nowhere, or a value does not fit.
    """
    after = dict(image)
    nested: list[tuple[Path, Typed | None]] = []
    for path, work in zip(paths, works, strict=True):
        name = path[0]
        if len(path) > 1:
            _check_parent(image, path)
            nested.append((path, work(image, values)))
        elif (value := work(image, values)) is None:
            after.pop(name, None)  # type: ignore[arg-type]
        else:
            after[name] = value  # type: ignore[index]
    if nested:
        _change_inside(after, nested)
    return after


def _change_inside(after: Image, nested: list[tuple[Path, Typed | None]]) -> None:
    for name in {path[0] for path, _ in nested}:
        after[name] = copied(after[name])  # type: ignore[index]
    # By path: so elements that are appended come in the order of their indexes.
    nested.sort(key=lambda pair: [(isinstance(part, int), part) for part in pair[0]])
    containers = [find(after, path[:-1]) for path, _ in nested]
    for (path, value), container in zip(nested, containers, strict=True):
        if value is not None:
            _place(container, path[-1], value)
    for (path, value), container in zip(nested[::-1], containers[::-1], strict=True):
        if value is None:
            _remove(container, path[-1])


def _check_parent(image: Image, path: Path) -> None:
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
