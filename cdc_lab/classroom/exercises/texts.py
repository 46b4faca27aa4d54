"""The texts that go with an exercise or a drill, from its TOML file."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
_DRILL = re.compile(r"drill_(\d\d)_\d+")


@dataclass(frozen=True)
class Misconception:
    """A plausible wrong belief: its name, what is so instead, and where the course treats it, if it does.

    `section` is its heading there; `term` is what the lesson says of it, where it does not cite the fact.
    """

    id: str
    title: str
    text: str
    lesson: str = ""
    fact: str = ""
    section: str = ""
    term: str = ""


@dataclass(frozen=True)
class Texts:
    """Title, hints from slight to plain, what is discussed after the pass, and the misconceptions by id.

    `own` names the misconceptions that no other has. `given` is the code that a drill is about, word for word
    as the notebook shows it.
    """

    title: str
    solution: str
    hints: tuple[str, ...]
    discussion: str
    misconceptions: dict[str, Misconception]
    own: tuple[str, ...] = ()
    given: str = ""


@cache
def texts_of(exercise_id: str) -> Texts:
    """Read the texts of an exercise, or of a drill: those of one lesson number share a file."""
    common = _read("common.toml")["misconceptions"]
    if found := _DRILL.fullmatch(exercise_id):
        of_lesson = _read(f"drills/drills_{found[1]}.toml")
        given = {"solution": of_lesson["solution"], **of_lesson[exercise_id]}
        common |= _read("drills/common.toml")["misconceptions"]
    else:
        given = _read(f"{exercise_id}.toml")
    own = given.get("misconceptions", {})
    entries = common | own
    return Texts(
        title=given["title"],
        solution=given["solution"],
        hints=tuple(given["hints"]),
        discussion=given["discussion"].strip(),
        misconceptions={name: Misconception(name, **entry) for name, entry in entries.items()},
        own=tuple(own),
        given=given.get("given", ""),
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / name).read_text("utf-8"))
