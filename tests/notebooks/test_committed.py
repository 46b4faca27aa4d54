"""The committed notebooks: whole, executed, as the conventions ask, and all of them there.

That outputs are what the code gives today is compared by nbval, which ``make test`` runs beside these tests.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from cdc_lab.course.notebook_lint import lint_file, read_notebook
from cdc_lab.course.notebook_lint.lint import profile_of
from cdc_lab.course.project import course_notebooks, lessons, notebook_files
from tests.tested_notebooks import NOTEBOOKS, ROOT

FILES = notebook_files(ROOT)
EXECUTED = course_notebooks(ROOT)


def name_of(path: Path) -> str:
    """Return a notebook's place below notebooks/."""
    return path.relative_to(NOTEBOOKS).as_posix()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_it_is_a_valid_notebook(path: Path) -> None:
    nbformat.validate(nbformat.read(path, as_version=nbformat.NO_CONVERT))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_it_keeps_the_conventions(path: Path) -> None:
    assert [str(finding) for finding in lint_file(path, ROOT)] == []


@pytest.mark.parametrize("path", EXECUTED, ids=name_of)
def test_it_was_executed_from_top_to_bottom(path: Path) -> None:
    # nbval compares nothing in a cell that was never run: a notebook without outputs would pass it.
    code = read_notebook(path).code
    assert code
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


@pytest.mark.parametrize("path", lessons(ROOT), ids=name_of)
def test_a_lesson_shows_what_it_did(path: Path) -> None:
    # GIVEN a lesson that draws
    notebook = read_notebook(path)
    if profile_of(path) != "lesson":
        pytest.skip("the hub of the exercises draws nothing")
    # THEN it has pictures, whatever nbval leaves out of its comparison, and most cells show something
    pictures = [cell for cell in notebook.code if any("image/png" in output.data for output in cell.outputs)]
    assert pictures
    showing = [cell for cell in notebook.code if cell.outputs]
    assert len(showing) >= len(notebook.code) / 2


def test_lessons_are_numbered_without_a_gap() -> None:
    # GIVEN the numbers of the lessons, without the letters of divided ones
    numbers = sorted({int(path.name[:2]) for path in lessons(ROOT)})
    # THEN they count from 1
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers, "notebooks/ holds no lesson"


def test_each_lesson_leads_to_the_next() -> None:
    # GIVEN the lessons in order
    for path, following in pairwise(lessons(ROOT)):
        # THEN each one's first cell names the one that follows
        first = read_notebook(path).cells[0].source
        assert following.stem in first, f"{path.name} does not name {following.name} as the next"
