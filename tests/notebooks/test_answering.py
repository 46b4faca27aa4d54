"""Every prediction of every lesson is answered: wrong, right, and again after its verdict, in one kernel."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from cdc_lab.classroom.questions import load
from cdc_lab.course.execute import execute
from cdc_lab.course.project import find_root
from tests.notebooks.answering import Judged, answered, judged, turns, wrong_turns

ROOT = find_root()
LESSONS = [path for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")) if path.stem != "06_exercises"]
# Those in which an answer once broke what follows; the others take longer, and CI runs them.
ALWAYS = {"01b_shards_and_time", "02_view_types"}


@pytest.mark.notebooks
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=[] if path.stem in ALWAYS else pytest.mark.every_lesson, id=path.stem)
        for path in LESSONS
    ],
)
def test_a_lesson_goes_on_whatever_is_answered(path: Path, batch: Path) -> None:
    # GIVEN a lesson whose reader answers each prediction, and comes back to it
    lesson = batch / path.name
    wrong = wrong_turns(path.stem)
    nbformat.write(answered(nbformat.read(path, as_version=4), wrong), lesson)
    # WHEN it is run
    executed = batch / "executed" / path.name
    failure = execute(lesson, executed)
    # THEN no cell fails, no checkpoint among them
    assert failure is None, f"{failure.where}: {failure.error}"
    # AND each answer was judged by what the facts say, each time anew
    expected = [
        Judged(question.id, answer, question.expected, answer == question.expected)
        for question in load(path.stem).values()
        for answer in "bab"
    ]
    after = nbformat.read(executed, as_version=4)
    assert sorted(judged(after)) == sorted(expected)
    # AND the reader's own code is not yet done as the lesson gives it; the wrong code lacks what is said of
    # it; and the solution is done, also when it is run again
    said = turns(after)
    if "your_turn({" in "".join(cell.source for cell in nbformat.read(path, as_version=4).cells):
        given, *found, first, second = said
        assert given != "done"
        assert [first, second] == ["done"] * 2
        for text, turn in zip(found, wrong, strict=True):
            assert text.startswith(turn.missing)
    else:
        assert said == []


def test_every_lesson_that_lets_the_reader_write_code_does_so_once() -> None:
    for path in LESSONS:
        cells = [cell for cell in nbformat.read(path, as_version=4).cells if "your_turn({" in cell.source]
        assert len(cells) <= 1, path.stem


@pytest.mark.notebooks
@pytest.mark.parametrize(
    ("cell", "error"),
    [
        (
            'predict("01-noop", answer=b)',
            'QuestionError: 01-noop: the letter needs quotes: write answer="b" and run this cell again.',
        ),
        ('predict("01-noop", answer=none)', "NameError: name 'none' is not defined"),
    ],
)
def test_a_kernel_says_what_is_wrong_with_an_answer_and_hides_no_other_error(
    cell: str, error: str, batch: Path
) -> None:
    # GIVEN a notebook that begins a lesson, then runs a cell with a name that is not there
    begin = "from cdc_lab.classroom import begin, predict\nbegin('01_streams_intro')"
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, (begin, cell))))
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, batch / "lesson.ipynb")
    # WHEN it is run as a batch THEN it fails in that cell, and says why in one line
    failure = execute(batch / "lesson.ipynb", batch / "executed.ipynb")
    assert failure is not None
    assert (failure.cell, failure.error) == (2, error)
