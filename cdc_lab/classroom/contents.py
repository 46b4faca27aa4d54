"""The course's notebooks in their order, with their titles: the one list that links are made from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

START, HUB = "00_start_here", "06_exercises"
CONCEPTS, FACTS, GLOSSARY, PATTERNS = (
    "reference_concepts",
    "reference_facts",
    "reference_glossary",
    "reference_patterns",
)
_NUMBERED = re.compile(r"(\d\d)([a-z]?)_")
_TITLE = re.compile(r"^# +(.+?) *$", re.MULTILINE)


class Notebook(NamedTuple):
    """One notebook of the course.

    Attributes
    ----------
    place : str
        Its path below ``notebooks/``, with slashes.
    title : str
        Its first heading; its name where it has none.
    minutes : str
        The time that its first table names, such as ``30 minutes``; empty where it names none.
    needs : str
        The number of the last lesson that its first table asks for before it; empty where it names none.
    """

    place: str
    title: str
    minutes: str = ""
    needs: str = ""

    @property
    def stem(self) -> str:
        """The file's name without its suffix."""
        return self.place.rpartition("/")[2].removesuffix(".ipynb")

    @property
    def number(self) -> str:
        """``01b`` of ``01b_shards_and_time``; empty for a notebook without a number."""
        found = _NUMBERED.match(self.stem)
        return "".join(found.groups()) if found else ""

    @property
    def chapter(self) -> str:
        """``01`` of ``01b_shards_and_time`` and of ``drills_01_streams``; empty where there is none."""
        found = re.match(r"(?:drills_)?(\d\d)[a-z]?_", self.stem)
        return found[1] if found else ""


class Contents:
    """All notebooks of a course's folder, in the order in which a reader meets them.

    Parameters
    ----------
    notebooks : iterable of Notebook
    """

    def __init__(self, notebooks: Iterable[Notebook]) -> None:
        self.by_place = {notebook.place: notebook for notebook in notebooks}

    @classmethod
    def of(cls, folder: Path) -> Contents:
        """Read the names and titles of a folder's notebooks, those of its exercises and solutions included.

        Parameters
        ----------
        folder : Path
            ``notebooks/``, or a reader's copy of it.
        """
        paths = [path for where in ("", "exercises", "solutions") for path in _files(folder / where)]
        return cls(_described(path, path.relative_to(folder).as_posix()) for path in paths)

    @property
    def is_course(self) -> bool:
        """Whether the notebooks are there that all others link to; without them there is no way through."""
        return {f"{name}.ipynb" for name in (START, HUB, FACTS, GLOSSARY)} <= self.by_place.keys()

    @property
    def lessons(self) -> list[Notebook]:
        """The numbered notebooks: the start, the lessons, the hub of the exercises."""
        return [notebook for notebook in self.by_place.values() if notebook.number]

    def drills(self, chapter: str) -> list[Notebook]:
        """The drills on the lessons of a chapter (``01``)."""
        return [one for one in self.within("exercises") if one.chapter == chapter and "drills" in one.stem]

    def within(self, folder: str) -> list[Notebook]:
        """The notebooks of ``exercises`` or of ``solutions``."""
        return [one for place, one in self.by_place.items() if place.startswith(f"{folder}/")]

    def neighbours(self, place: str) -> tuple[Notebook | None, Notebook | None]:
        """The notebooks before and after one, among the lessons or within its own folder."""
        folder = place.rpartition("/")[0]
        line = self.within(folder) if folder else self.lessons
        at = [notebook.place for notebook in line].index(place)
        return (line[at - 1] if at else None), (line[at + 1] if at + 1 < len(line) else None)


def _files(folder: Path) -> Iterator[Path]:
    # One with a point in its name is a reader's own, which a reset kept.
    yield from (path for path in sorted(folder.glob("*.ipynb")) if "." not in path.stem)


def _described(path: Path, place: str) -> Notebook:
    first = _first_prose(path)
    title, row = _TITLE.search(first), table(first)
    numbers = re.findall(r"\b(\d\d[a-z]?)_", row.get("before this", ""))
    needs = numbers[-1] if numbers else ""
    return Notebook(place, title[1] if title else path.stem, row.get("time", ""), needs)


def _first_prose(path: Path) -> str:
    """Return the text that holds a notebook's title; empty where it has none or is no notebook."""
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    except (ValueError, LookupError, TypeError):
        return ""  # whoever opens it will say so
    return next((text for text in texts if _TITLE.search(text)), "")


def table(markdown: str) -> dict[str, str]:
    """Return the first row of a text's first table, by its columns' names; empty where it has no table."""
    rows = [line.strip().strip("|").split("|") for line in markdown.splitlines() if line.startswith("|")]
    if len(rows) < 3:
        return {}
    names, cells = ([cell.strip() for cell in row] for row in (rows[0], rows[2]))
    return dict(zip((name.lower() for name in names), cells, strict=False))


def sources(notebook: dict[str, Any]) -> Iterator[str]:
    """Yield the texts of a notebook's markdown cells."""
    return ("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
