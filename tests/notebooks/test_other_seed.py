"""Notebooks that are no example (those are in tests/test_examples.py) run with another seed.

One that has no seed would only run again as nbval runs it.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from cdc_lab.course.execute import has_parameters
from cdc_lab.course.project import course_notebooks, lessons
from tests.notebooks.executing import assert_runs_with_another_seed, lessons_of_examples
from tests.tested_notebooks import ROOT

IN_EXAMPLES = {path for _, path in lessons_of_examples(ROOT)}
OTHERS = [
    path
    for path in course_notebooks(ROOT)
    if path not in IN_EXAMPLES and has_parameters(nbformat.read(path, as_version=4))
]


@pytest.mark.notebooks
@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_a_notebook_runs_with_another_seed(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_runs_with_another_seed(path, tmp_path, monkeypatch)


def test_every_lesson_is_run_with_another_seed_here_or_as_an_example() -> None:
    # GIVEN the lessons, of which the hub of the exercises has nothing to vary
    varied = {path for path in lessons(ROOT) if path.stem != "06_exercises"}
    assert varied <= IN_EXAMPLES | set(OTHERS)
