"""Every question of every lesson, answered right and wrong, against what the lab computes in that lesson."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cdc_lab.classroom import session
from cdc_lab.classroom.predictions import judge
from cdc_lab.classroom.questions import lessons, load
from cdc_lab.classroom.session import Asked, Session

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.fixture(scope="module", params=lessons())
def finished(request: pytest.FixtureRequest) -> Iterator[Session]:
    """The session of a lesson that was run from its first cell to its last, nothing answered."""
    name: str = request.param
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    session._start(None)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.chdir(NOTEBOOKS):
        for cell in notebook.cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, f"{name}, cell {cell.get('id')}", "exec"), namespace)
    assert session.current().lesson == name
    yield session.current()
    session._start(None)


def revealed(finished: Session) -> list[Asked]:
    assert finished.lesson is not None
    asked = [finished.asked.get(question) for question in load(finished.lesson)]
    return [one for one in asked if one is not None and one.verdict is not None]


@pytest.mark.notebooks
def test_every_question_is_asked_and_revealed(finished: Session) -> None:
    # GIVEN the questions of the lesson's file
    assert finished.lesson is not None
    written = set(load(finished.lesson))
    # THEN the notebook asks and reveals exactly those, and has at least three
    assert {one.question.id for one in revealed(finished)} == written == set(finished.asked)
    assert len(written) >= 3


@pytest.mark.notebooks
def test_the_lab_computes_what_the_facts_say(finished: Session) -> None:
    for asked in revealed(finished):
        assert asked.verdict is not None
        question, computed = asked.question, asked.verdict.computed
        assert asked.verdict.lab.key == question.expected, f"{question.id}: the lab computed {computed!r}"


@pytest.mark.notebooks
def test_every_option_is_judged_by_what_the_lab_computed(finished: Session) -> None:
    for asked in revealed(finished):
        assert asked.verdict is not None
        for option in asked.question.options:
            # WHEN the option is answered
            verdict = judge(asked.question, option.key, asked.verdict.computed)
            # THEN it is right exactly if the facts name it
            assert verdict.right is (option.key == asked.question.expected), (
                f"{asked.question.id} {option.key}"
            )


@pytest.mark.notebooks
def test_every_section_with_a_question_is_closed_by_its_checkpoint(finished: Session) -> None:
    sections = {asked.question.section for asked in revealed(finished)}
    assert sections <= finished.passed
    assert finished.passed == set(range(1, max(finished.passed) + 1))


@pytest.mark.parametrize("name", lessons())
def test_no_two_options_of_a_question_share_a_reason(name: str) -> None:
    for question in load(name).values():
        reasons = [option.why for option in question.options]
        assert len(set(reasons)) == len(reasons), question.id
        assert len({option.text for option in question.options}) == len(reasons), question.id
