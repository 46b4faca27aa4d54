"""The way through the course: links that tools make are as they would make them today."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

from cdc_lab.course.navigation import Way
from tests.notebooks.lint.cells import Node, Problems, prose

REMEDY = "`make refresh ARGS=--links` writes it"


@cache
def way_through(notebooks: Path) -> Way:
    """Return the order and the terms of a folder, read once."""
    return Way.through(notebooks)


def navigation(notebook: Node, way: Way, place: str) -> Problems:
    """Cells and links that lead through the course are what the tools make, if there is a course."""
    if not way.contents.is_course or place not in way.contents.by_place:
        return
    made: list[Any] = way.lead(notebook, place)["cells"]
    for number, (cell, expected) in enumerate(zip(notebook.cells, made, strict=False), start=1):
        if "".join(cell.source) != "".join(expected["source"]) or cell.metadata != expected["metadata"]:
            yield number, "its links are not those of today", REMEDY
            return
    if len(made) != len(notebook.cells):
        yield 0, "its cells of links are not those of today", REMEDY


def lesson_names(notebook: Node, stems: Collection[str]) -> Problems:
    """A notebook that prose names in backticks is there: ``stems`` are the names of the numbered ones."""
    for number, cell in prose(notebook):
        for name in re.findall(r"`(\d\d[a-z]?_[a-z0-9_]+)`", cell.source):
            if stems and name not in stems:
                yield number, f"there is no notebook {name}", "name one that is there"
