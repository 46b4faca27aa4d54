"""The committed notebooks are all there, each leads to the next, and each shows what it did.

What one file must keep is in `tests.notebooks.lint`: its form, its execution from top to bottom.
That outputs are what the code gives today is compared by nbval, which ``make test`` runs beside these tests.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from cdc_lab.course.project import course_notebooks, lessons
from tests.notebooks.lint.cells import code, read
from tests.notebooks.lint.linting import profile_of
from tests.tested_notebooks import NOTEBOOKS, ROOT


def name_of(path: Path) -> str:
    """Return a notebook's place below notebooks/."""
    return path.relative_to(NOTEBOOKS).as_posix()


def test_every_executed_notebook_has_code() -> None:
    # nbval compares nothing in a notebook without code: it would pass.
    assert [name_of(path) for path in course_notebooks(ROOT) if not code(read(path))] == []


@pytest.mark.parametrize("path", lessons(ROOT), ids=name_of)
def test_a_lesson_shows_what_it_did(path: Path) -> None:
    # GIVEN a lesson
    cells = [cell for _, cell in code(read(path))]
    if profile_of(path) != "lesson":
        pytest.skip("the start page and the hub of the exercises have a form of their own")
    # THEN it has pictures if it draws, which nbval does not compare, and most cells show something
    pictures = [cell for cell in cells if any("image/png" in one.get("data", {}) for one in cell.outputs)]
    draws = any("plots." in cell.source or ".plot(" in cell.source for cell in cells)
    assert pictures or not draws
    showing = [cell for cell in cells if cell.outputs]
    assert len(showing) >= len(cells) / 2


def test_lessons_are_numbered_without_a_gap() -> None:
    # GIVEN the numbers of the lessons, without the letters of divided ones
    numbers = sorted({int(path.name[:2]) for path in lessons(ROOT)})
    # THEN they count from 0, the start page
    assert numbers == list(range(len(numbers)))
    assert numbers, "notebooks/ holds no lesson"


def test_each_lesson_leads_to_the_next() -> None:
    # GIVEN the lessons in order
    for path, following in pairwise(lessons(ROOT)):
        # THEN each one's first cell names the one that follows
        first = read(path).cells[0].source
        assert following.stem in first, f"{path.name} does not name {following.name} as the next"
