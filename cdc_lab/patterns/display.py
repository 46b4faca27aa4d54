"""Deserialized values, keys and images as short text and HTML, the same on every run."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, SupportsBytes, cast

from boto3.dynamodb.types import Binary

from cdc_lab.patterns.changes import diff


def as_text(value: Any, limit: int = 40) -> str:
    """Write a deserialized value in one short line; sets are sorted.

    Parameters
    ----------
    value : Any
        What `deserialize` gives.
    limit : int
        Longest text, in characters; a longer one ends in an ellipsis.
    """
    text = _text(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def key_text(keys: Mapping[str, Any]) -> str:
    """Write an item's key as ``flight_id=UA1545``."""
    return ", ".join(f"{name}={as_text(value)}" for name, value in keys.items())


def images_table(
    title: str, keys: Mapping[str, Any], old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> str:
    """Lay out two images side by side as an HTML table, what changed between them in bold.

    Parameters
    ----------
    title : str
        The caption.
    keys : mapping
        Key attributes, shown first and always.
    old, new : mapping or None
        The images; None where there is none.
    """
    changed = diff(old, new) if old and new else {}
    others = sorted({*(old or {}), *(new or {})} - keys.keys())
    rows = "".join(
        f"<tr><td>{_html(name, name in changed)}</td>"
        + "".join(f"<td>{_cell(image, name, name in changed)}</td>" for image in (old, new))
        + "</tr>"
        for name in [*keys, *others]
    )
    head = "<tr><th>attribute</th><th>old</th><th>new</th></tr>"
    # A record of keys only has nothing to compare, and still says which item it was.
    body = head + rows if old or new else "".join(f"<tr><td>{escape(key_text(keys))}</td></tr>")
    return f"<table><caption>{escape(title)}</caption>{body}</table>"


def _cell(image: Mapping[str, Any] | None, name: str, changed: bool) -> str:
    return _html(as_text(image[name]), changed) if image and name in image else ""


def _html(text: str, strong: bool) -> str:
    return f"<b>{escape(text)}</b>" if strong else escape(text)


def _text(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Binary):
        return repr(bytes(cast("SupportsBytes", value)))
    if isinstance(value, set | frozenset):
        return f"{{{', '.join(sorted(map(_text, value)))}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {_text(value[name])}' for name in sorted(value))}}}"
    return str(value)
