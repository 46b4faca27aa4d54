"""Finds the wrong and the right answers that lie beside these tests."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from cdc_lab.classroom.exercises import find

FOLDER = Path(__file__).parent


def names(kind: str, exercise: str) -> list[str]:
    """The answers of a kind (``mutants``, ``alternatives``) to an exercise."""
    files = sorted((FOLDER / kind / exercise).glob("*.py"))
    return [path.stem for path in files if path.stem not in ("__init__", "base")]


def load(kind: str, exercise: str, name: str) -> ModuleType:
    """One of them: a module with the parts of an answer; a mutant has ``SCENARIO``, ``MISCONCEPTION`` too."""
    return import_module(f"{__package__}.{kind}.{exercise}.{name}")


def answer(kind: str, exercise: str, name: str) -> Any:
    """What one of them would hand in: its handler, or its parts by name."""
    own = vars(load(kind, exercise, name))
    is_mutant = kind == "mutants" and len(getattr(find(exercise), "parts", ())) > 1
    # A wrong answer of several parts has one wrong part; the others are those of its neighbours.
    return parts_in(exercise, {**vars(load(kind, exercise, "base")), **own} if is_mutant else own)


def parts_in(exercise: str, names: Mapping[str, Any]) -> Any:
    """An answer, of what a module or a notebook defines; that of a drill may be data."""
    if "ANSWER" in names:
        return names["ANSWER"]
    parts = [part.name for part in find(exercise).parts]
    return names[parts[0]] if len(parts) == 1 else {part: names[part] for part in parts}
