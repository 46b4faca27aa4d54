"""Every cell of a lesson can be run twice, and every section again from its start, in one kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from cdc_lab.course.project import lessons
from tests.notebooks.running_again import complaints, executed, run_again
from tests.tested_notebooks import ROOT

LESSONS = [path for path in lessons(ROOT) if path.stem != "06_exercises"]
# Lessons that do not hold yet. One that holds fails its test until it is taken from this list.
NOT_YET: frozenset[str] = frozenset()


def marks(path: Path) -> list[Any]:
    """Return what pytest has to know about a lesson: each takes more than 2 s, and CI runs them."""
    not_yet = [pytest.mark.xfail(reason="not yet", strict=True)] if path.stem in NOT_YET else []
    return [pytest.mark.every_lesson, *not_yet]


@pytest.mark.notebooks
@pytest.mark.parametrize("path", [pytest.param(path, marks=marks(path), id=path.stem) for path in LESSONS])
def test_a_lesson_can_be_run_again(path: Path, batch: Path) -> None:
    # GIVEN a lesson whose reader runs each cell twice, and each section again when it is through
    lesson = run_again(nbformat.read(path, as_version=4))
    # WHEN all of it runs in one kernel THEN every cell goes through; only a cell that was run twice in a row
    # may say in a line or two which one to run instead
    assert complaints(executed(lesson, batch)) == []


def test_the_lessons_that_do_not_hold_yet_are_there() -> None:
    assert {path.stem for path in LESSONS} >= NOT_YET


def kernel_says(cells: list[str], batch: Path) -> list[str]:
    """Return the complaints about a lesson of these cells; one that begins with ``##`` is markdown."""
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(text) if text.startswith("## ") else nbformat.v4.new_code_cell(text)
            for text in cells
        ]
    )
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return complaints(executed(run_again(notebook), batch))


def test_an_error_is_let_pass_only_if_it_names_the_cell_to_run(batch: Path) -> None:
    # GIVEN cells that fail when they are run twice in a row: with advice in one line, with a traceback, and
    # with a line that is no advice; and one that fails when its section runs again
    said = kernel_says(
        [
            "from cdc_lab.errors import LabError\nruns = {}",
            "## 1. A section",
            "advice = runs.setdefault('advice', [])\nadvice.append(1)\nif len(advice) == 2:\n"
            "    raise LabError('the lab is used up: run the cell that opens it')",
            "line = runs.setdefault('line', [])\nline.append(1)\nif len(line) == 2:\n"
            "    raise LabError('the lab is used up')",
            "if runs.setdefault('trace', 0) == 1:\n    runs['trace'] = 2\n    1 / 0\nruns['trace'] = 1",
            "if runs.setdefault('section', 0) == 2:\n    raise LabError('run this section again')\n"
            "runs['section'] += 1",
        ],
        batch,
    )
    # THEN the advice passes, and each of the others is a complaint
    assert said == [
        "second run of \"line = runs.setdefault('line', [])\": LabError: the lab is used up",
        "second run of \"if runs.setdefault('trace', 0) == 1:\": ZeroDivisionError: division by zero",
        "again run of \"if runs.setdefault('section', 0) == 2:\": LabError: run this section again",
    ]
