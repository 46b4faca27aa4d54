"""Every question of every lesson: answered right and wrong, and held against what the lab computed.

What a committed notebook shows is what the engine computes today: nbval holds the two together.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import nbformat
import pytest

from cdc_lab.classroom.predictions import judge
from cdc_lab.classroom.questions import Option, Question, lessons, load
from tests.classroom.revealed import revealed, steps
from tests.tested_notebooks import NOTEBOOKS

QUESTIONS = {question.id: question for name in lessons() for question in load(name).values()}


def executed(name: str) -> Any:
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def example(option: Option) -> object:
    """A value that the option stands for."""
    if option.is_otherwise:
        return "nothing that another option names"
    if "value" in option.rule:
        return option.rule["value"]
    low, high = option.rule.get("at_least"), option.rule.get("below")
    return low if low is not None else high - Decimal("0.001")


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_each_option_is_right_for_its_own_value_alone(question: Question) -> None:
    for computed_for in question.options:
        for answered in question.options:
            verdict = judge(question, answered.key, example(computed_for))
            assert verdict.right is (answered is computed_for), f"{answered} when {computed_for} happened"


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_options_and_their_reasons_differ(question: Question) -> None:
    assert len({option.text for option in question.options}) == len(question.options)
    assert len({option.why for option in question.options}) == len(question.options)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_every_option_is_explained_in_whole_sentences(question: Question) -> None:
    # A verdict shows all of them, the reader's answer or not.
    for option in question.options:
        assert option.why.endswith((".", "?", ".`")), f"{option.key}: {option.why}"
        assert 6 <= len(option.why.split()) <= 60, f"{option.key}: {option.why}"


@pytest.mark.parametrize("name", lessons())
def test_the_lab_computes_what_the_facts_say(name: str) -> None:
    # GIVEN what the facts say, and what the lab did in the executed notebook
    expected = {question.id: question.expected for question in load(name).values()}
    # THEN the two agree, for exactly the questions of the lesson's file
    assert revealed(executed(name)) == expected


@pytest.mark.parametrize("name", lessons())
def test_each_question_is_predicted_then_revealed_then_closed_by_its_checkpoint(name: str) -> None:
    said = steps(executed(name))
    for question in load(name).values():
        predicted = said.index(("predict", question.id))
        shown = said.index(("reveal", f"{question.id} {question.expected}"))
        closed = said.index(("checkpoint", str(question.section)))
        assert predicted < shown < closed, question.id


@pytest.mark.parametrize("name", lessons())
def test_checkpoints_count_from_one(name: str) -> None:
    passed = [number for kind, number in steps(executed(name)) if kind == "checkpoint"]
    assert passed == [str(number + 1) for number in range(len(passed))]
