"""What an update expression changes, read off its text: enough for the well-formed ones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

Path = tuple[str | int, ...]


def targets(expression: str, names: dict[str, str]) -> list[Path]:
    """The paths that an update expression sets and removes.

    Examples
    --------
    >>> targets("SET #r.via = :v, log[0] = if_not_exists(a, :w) REMOVE c", {"#r": "route"})
    [('route', 'via'), ('log', 0), ('c',)]
    """
    found = []
    for section in re.split(r"(?<![\w#:.])(?:SET|REMOVE|ADD|DELETE)\s", expression, flags=re.IGNORECASE):
        for action in _outside_parentheses(section):
            if match := re.match(r"\s*([#\w.\[\]]+)", action):
                parts = re.findall(r"[#\w]+", match[1])
                found.append(tuple(int(part) if part.isdigit() else names.get(part, part) for part in parts))
    return found


def _outside_parentheses(section: str) -> list[str]:
    depth, actions = 0, [""]
    for sign in section:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            actions.append("")
        else:
            actions[-1] += sign
    return actions


def fragments(image: dict[str, Any], paths: Iterable[Path]) -> dict[str, Any]:
    """Of an item's attributes what stands at the paths, inside the maps and lists that lead there."""
    out: dict[str, Any] = {}
    for name in dict.fromkeys(path[0] for path in paths):
        inside = [path[1:] for path in paths if path[0] == name]
        if name in image and (part := _fragment(image[name], inside)) is not None:
            out[str(name)] = part
    return out


def _fragment(typed: dict[str, Any], paths: list[Path]) -> dict[str, Any] | None:
    if any(not path for path in paths):
        return typed
    tag, raw = next(iter(typed.items()))
    if tag not in ("M", "L"):
        return None
    parts = {}
    for step in {path[0] for path in paths}:
        there = (step in raw) if tag == "M" else isinstance(step, int) and step < len(raw)
        below = _fragment(raw[step], [path[1:] for path in paths if path[0] == step]) if there else None
        if below is not None:
            parts[step] = below
    if not parts:
        return None
    return {"M": parts} if tag == "M" else {"L": [parts[index] for index in sorted(parts)]}
