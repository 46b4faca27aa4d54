"""The three examples: their lessons are there, and run from the first cell to the last with another seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdc_lab.course.project import EXAMPLES, example_notebooks
from tests.notebooks.executing import assert_runs_with_another_seed, lessons_of_examples
from tests.tested_notebooks import ROOT

LESSONS = lessons_of_examples(ROOT)
# An example's first lesson always; the others take longer together than all else here, and CI runs them.
FIRST = dict(reversed(LESSONS))


@pytest.mark.parametrize("number", EXAMPLES)
def test_an_example_has_its_lessons(number: int) -> None:
    # GIVEN the lessons that an example is made of
    found = [path.stem[:2] for path in example_notebooks(ROOT, number)]
    # THEN each is there
    assert sorted(set(found)) == sorted(EXAMPLES[number])


@pytest.mark.notebooks
@pytest.mark.parametrize(
    ("number", "path"),
    [
        pytest.param(number, path, marks=[] if FIRST[number] == path else pytest.mark.every_lesson)
        for number, path in LESSONS
    ],
    ids=lambda value: getattr(value, "stem", None) or f"example_{value}",
)
def test_an_example_runs_with_another_seed(
    number: int, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert number in EXAMPLES
    assert_runs_with_another_seed(path, tmp_path, monkeypatch)
