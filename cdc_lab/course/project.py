"""Where the course lies: the checkout, its notebooks, and the folder that runs write to."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from cdc_lab.own_files import PACKAGED

# Which lessons are the examples; a lesson that was divided keeps its number: 03_handlers, 03b_failures.
EXAMPLES: dict[int, tuple[str, ...]] = {1: ("01", "03"), 2: ("04",), 3: ("05",)}


class CourseError(Exception):
    """A command of the course cannot do what was asked; the message is one line with the remedy."""


def find_root(start: Path | None = None) -> Path:
    """Return the checkout of the course: the installed one, else the one around ``start``.

    Parameters
    ----------
    start : Path, optional
        A folder in the checkout; the current one by default.

    Raises
    ------
    CourseError
        When there is none; with an installed wheel, what needs no checkout uses `packaged_course`.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (Path(__file__).resolve().parents[2], here, *here.parents):
        if (folder / "pyproject.toml").is_file() and (folder / "cdc_lab" / "course").is_dir():
            return folder
    raise CourseError(
        f"{here} is not in a checkout of the course: change into one and try again "
        "(`cdc-lab start FOLDER` works without one)"
    )


def packaged_course() -> Path | None:
    """Return what a wheel brought, a folder that holds ``notebooks/`` and ``data/``; None in a checkout."""
    return PACKAGED if PACKAGED.is_dir() else None


def course_notebooks(root: Path) -> list[Path]:
    """Return what a batch run executes, in order: lessons and reference, then solutions (no exercises).

    Those that need a search engine are left out where there is none (`left_out`).
    """
    doomed = set(left_out(root))
    return [path for path in _all_notebooks(root) if path not in doomed]


def left_out(root: Path) -> list[Path]:
    """Return the notebooks that cannot run on this machine: they need a search engine, and it has none.

    A notebook says so in its own metadata: ``"cdc_lab": {"needs": ["search"]}``.
    """
    if os.environ.get("OPENSEARCH_URL") or has_embedded_engine():
        return []
    return [path for path in _all_notebooks(root) if "search" in needs(path)]


def needs(notebook: Path) -> list[str]:
    """Return what a notebook's metadata says that it needs beside the packages."""
    try:
        metadata = json.loads(notebook.read_text("utf-8")).get("metadata", {})
    except (OSError, ValueError, AttributeError):
        return []  # whoever executes it will say so
    found: list[str] = metadata.get("cdc_lab", {}).get("needs", [])
    return found


def has_embedded_engine() -> bool:
    """Whether the embedded search engine is installed: it has builds for some systems only."""
    if os.environ.get("OSMEM_SERVER_BIN"):
        return True
    found = find_spec("osmem_server")
    folders = found.submodule_search_locations if found is not None else None
    return any(list(Path(folder).glob("bin/osmem-server*")) for folder in folders or ())


def notebook_files(root: Path) -> list[Path]:
    """Return every notebook of the course, exercises included; no checkpoint, no copy that a reset kept."""
    found = sorted((root / "notebooks").rglob("[!.]*.ipynb"))
    return [path for path in found if ".ipynb_checkpoints" not in path.parts and not is_kept(path)]


def is_kept(path: Path) -> bool:
    """Tell whether a notebook is a reader's own that a reset kept: those alone have a point in their name."""
    return "." in path.stem


def _all_notebooks(root: Path) -> list[Path]:
    above, solutions = root / "notebooks", root / "notebooks" / "solutions"
    files = notebook_files(root)
    return [path for folder in (above, solutions) for path in files if path.parent == folder]


def lessons(root: Path) -> list[Path]:
    """Return the numbered notebooks, in order; whether they can run here is another question."""
    return [path for path in _all_notebooks(root) if re.match(r"\d\d", path.name)]


def example_notebooks(root: Path, number: int) -> list[Path]:
    """Return the lessons that make up one example, without those that cannot run here.

    Raises
    ------
    CourseError
        When there is no such example, or one of its lessons is missing.
    """
    if number not in EXAMPLES:
        raise CourseError(f"there is no example {number}: choose one of {', '.join(map(str, EXAMPLES))}")
    found = []
    can_run = set(course_notebooks(root))
    for prefix in EXAMPLES[number]:
        matching = [
            path for path in lessons(root) if path in can_run and re.match(rf"{prefix}[a-z]?_", path.name)
        ]
        if not matching:
            raise CourseError(
                f"example {number} needs notebooks/{prefix}_*.ipynb, which this checkout has not"
            )
        found += matching
    return found


def _with_folder(path: Path, only: str) -> str:
    return f"{path.parent.name}/{path.name}" if "/" in only else path.name


def select(notebooks: list[Path], only: Sequence[str] | None) -> list[Path]:
    """Return the notebooks whose file name begins with one of ``only``, in their order; all when it is None.

    Where none begins so, those that contain it: ``03_handlers`` is the lesson alone and not its drills, and
    ``drills`` is all drills. A folder may stand before the name: ``solutions/drills``.

    Raises
    ------
    CourseError
        When none does, for one of them.
    """
    if not notebooks:
        raise CourseError("notebooks/ holds no notebook: is the checkout complete?")
    if only is None:
        return notebooks
    chosen = {path for pattern in only for path in _named(notebooks, pattern)}
    return [path for path in notebooks if path in chosen]


def _named(notebooks: list[Path], pattern: str) -> list[Path]:
    found = [path for path in notebooks if path.name.startswith(pattern)]
    found = found or [path for path in notebooks if pattern in _with_folder(path, pattern)]
    if not found:
        there = ", ".join(path.stem for path in notebooks)
        raise CourseError(f"no notebook's name contains {pattern!r}: there are {there}")
    return found
