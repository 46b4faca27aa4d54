"""Wrong answers are caught by the scenario meant for them, and named; right ones pass; a stub is neither."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cdc_lab.classroom.exercises import EXERCISES, NotAttempted, find
from cdc_lab.classroom.exercises.checking import examine
from cdc_lab.classroom.exercises.drills import DRILLS
from cdc_lab.classroom.exercises.texts import Misconception
from tests.exercises.cells import run, sources
from tests.exercises.loading import answer, load, names, parts_in, parts_of
from tests.tested_notebooks import NOTEBOOKS

ALL = (*EXERCISES, *DRILLS)
ROOT = Path(__file__).resolve().parents[2]
SEEDS = (1, 2)
# A sample: `make prove` tries every wrong answer on five seeds, and solutions on twenty.
MUTANTS = [(exercise, name) for exercise in EXERCISES for name in names("mutants", exercise)][::3]
# Those of handlers that hang or misuse the lab are in test_checking; what is left is for the rest.
ELSEWHERE = {
    "endless",
    "waits outside lab time",
    "out of budget",
    "does not return",
    "ends its process",
    "lab in the handler",
    "too slow",
    "handler raises",
    "handler reports",
    "unexplained",
    # In a drill: the event's id is the identifier that exercises meet.
    "no identifier of the batch",
}
# Names that no wrong answer shows: common ones of what cannot go wrong there, and for what fits nothing else.
UNSHOWN = {
    "exercise_1": {"order lost", "row's form", "wrong diff"},
    "exercise_2": {
        "batch limits",
        "binary as text",
        "mark before effect",
        "numbers rounded",
        "unprocessed items left",
    },
    "exercise_3": {
        "another past",
        "answer of another form",
        "no row at all",
        "batch limits",
        "binary as text",
        "both images assumed",
        "event id as identifier",
        "unprocessed items left",
        "wrong identifier",
    },
    "exercise_4": {
        "batch limits",
        "binary as text",
        "both images assumed",
        "numbers rounded",
        "wrong identifier",
    },
    # Of what its handlers write nothing is asked but that it is the log of exercise 1.
    "exercise_5": {
        "batch limits",
        "binary as text",
        "both images assumed",
        "event id as identifier",
        "exception fails the batch",
        "mark before effect",
        "numbers rounded",
        "unprocessed items left",
        "wrong identifier",
    },
}
ALTERNATIVES = [(exercise, name) for exercise in EXERCISES for name in names("alternatives", exercise)]


@pytest.fixture(autouse=True)
def _unshrunk(monkeypatch: pytest.MonkeyPatch) -> None:
    # A shorter sequence fails in the same way, and takes time to find.
    monkeypatch.setattr("cdc_lab.classroom.exercises.checking.SHRINK_UNTIL", 0.0)
    monkeypatch.setattr("cdc_lab.classroom.exercises.checking.PATIENCE", 4.0)
    monkeypatch.setattr("cdc_lab.classroom.exercises.world.WATCHDOG_SECONDS", 6.0)


def answer_of_notebook(exercise: str, as_learner: bool) -> Any:
    """The answer that the code cells of an exercise's notebook define; its checks are not made."""
    cells = sources(NOTEBOOKS / find(exercise).texts.solution, as_learner)
    parts = set(parts_of(exercise))
    return parts_in(exercise, run(cells, is_enough=lambda names: parts <= names.keys()))


@pytest.mark.parametrize(("exercise", "name"), MUTANTS)
def test_a_wrong_answer_is_caught_by_the_scenario_meant_for_it(exercise: str, name: str) -> None:
    # GIVEN a plausible wrong answer
    mutant = load("mutants", exercise, name)
    # WHEN only the scenario meant for it is run, with two sets of data
    wrong = answer("mutants", exercise, name)
    verdicts = [examine(find(exercise), wrong, seed, only=mutant.scenario) for seed in SEEDS]
    # THEN it is wrong, and its misconception is named
    found = [verdict.failure.misconception if verdict.failure else verdict.outcome for verdict in verdicts]
    assert found == [mutant.misconception] * len(SEEDS)


@pytest.mark.parametrize(("exercise", "name"), ALTERNATIVES)
def test_a_right_answer_passes_however_it_is_written(exercise: str, name: str) -> None:
    verdict = examine(find(exercise), answer("alternatives", exercise, name), seed=1)
    assert verdict.failure is None
    assert verdict.outcome == "pass"
    assert len(verdict.passed) == len(find(exercise).scenarios)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_committed_solution_passes(exercise: str) -> None:
    verdict = examine(find(exercise), answer_of_notebook(exercise, as_learner=False), seed=2)
    assert verdict.failure is None
    assert verdict.outcome == "pass"


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_stub_is_not_attempted(exercise: str) -> None:
    # GIVEN the learner's notebook, untouched
    stubs = answer_of_notebook(exercise, as_learner=True)
    for part in getattr(find(exercise), "parts", ()):
        with pytest.raises(NotAttempted):
            (stubs if callable(stubs) else stubs[part.name])(*part.parameters)
    # THEN the check does not call that wrong
    verdict = examine(find(exercise), stubs)
    assert verdict.outcome == "not attempted"
    assert not verdict.passed
    assert verdict.not_attempted == tuple(parts_of(exercise))


@pytest.mark.parametrize("exercise", EXERCISES)
def test_there_are_wrong_answers_enough(exercise: str) -> None:
    # The conventions ask for 12 mutants; each scenario that can fail alone has one, and names its belief.
    mutants = [load("mutants", exercise, name) for name in names("mutants", exercise)]
    assert len(mutants) >= 12
    assert len(names("alternatives", exercise)) >= 2
    scenarios = {scenario.name for scenario in find(exercise).scenarios}
    assert {mutant.scenario for mutant in mutants} >= scenarios - {"interleaved", "the storm"}


@pytest.mark.parametrize("exercise", EXERCISES)
def test_each_misconception_has_a_wrong_answer_that_shows_it(exercise: str) -> None:
    named = {load("mutants", exercise, name).misconception for name in names("mutants", exercise)}
    texts = find(exercise).texts.misconceptions
    assert set(texts) - named - ELSEWHERE == UNSHOWN[exercise]


@pytest.mark.parametrize("exercise", [name for name in ALL if name not in ("drill_08_1", "drill_09_1")])
def test_each_misconception_of_its_own_is_reached_in_two_ways(exercise: str) -> None:
    named = Counter(load("mutants", exercise, name).misconception for name in names("mutants", exercise))
    shown = set(find(exercise).texts.own) - UNSHOWN.get(exercise, set())
    assert {name for name in shown if named[name] < 2} == set()


@pytest.mark.parametrize("exercise", EXERCISES)
def test_what_the_texts_refer_to_is_there(exercise: str) -> None:
    texts = find(exercise).texts
    facts = (ROOT / "data" / "facts.csv").read_text("utf-8")
    for misconception in texts.misconceptions.values():
        assert not misconception.fact or f"\n{misconception.fact}," in facts, misconception
    assert (NOTEBOOKS / texts.solution).exists()
    assert len(texts.hints) == 3


@cache
def words_of(lesson: str) -> str:
    """What a notebook says and shows."""
    cells = json.loads((NOTEBOOKS / f"{lesson}.ipynb").read_text("utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


def treats(misconception: Misconception) -> bool:
    """Whether the lesson that a misconception names says something of it."""
    words = words_of(misconception.lesson)
    if misconception.section:
        return re.search(rf"^#+ {re.escape(misconception.section)}$", words, re.MULTILINE) is not None
    if misconception.term:
        return misconception.term in words
    return bool(misconception.fact) and re.search(rf"\[{misconception.fact}\]", words) is not None


@pytest.mark.parametrize("exercise", ALL)
def test_the_lesson_that_is_named_treats_it(exercise: str) -> None:
    texts = find(exercise).texts.misconceptions.values()
    assert [it for it in texts if it.lesson and not treats(it)] == []
