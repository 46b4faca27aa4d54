"""Finds the wrong and the right answers that lie beside these tests."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parent


def names(kind: str, exercise: str) -> list[str]:
    """The answers of a kind (``mutants``, ``alternatives``) to an exercise."""
    files = sorted((FOLDER / kind / exercise).glob("*.py"))
    return [path.stem for path in files if path.stem not in ("__init__", "base")]


def load(kind: str, exercise: str, name: str) -> ModuleType:
    """One of them: a module with ``handler``; a mutant has ``SCENARIO`` and ``MISCONCEPTION`` too."""
    return import_module(f"{__package__}.{kind}.{exercise}.{name}")
