"""Drills: wrong answers are caught where they are meant to be, right ones pass, untouched ones neither."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cdc_lab.classroom.exercises import find
from cdc_lab.classroom.exercises.checking import examine
from cdc_lab.classroom.exercises.drills import DRILLS, drill_07_1
from cdc_lab.classroom.exercises.drills.drill import Drill
from cdc_lab.lab import Lab
from cdc_lab.planner import capacity
from tests.exercises.cells import run, sources
from tests.exercises.loading import answer, load, names
from tests.tested_notebooks import NOTEBOOKS

ROOT = Path(__file__).resolve().parents[2]
SEED = 1  # one of those on which the kill matrix tries every answer
MOST_WORDS = 80
# Samples: the kill matrix tries all of them, on several seeds.
MUTANTS = [(drill, name) for drill in DRILLS for name in names("mutants", drill)][::4]
ALTERNATIVES = [(drill, name) for drill in DRILLS for name in names("alternatives", drill)][::5]


@pytest.fixture(autouse=True)
def _unshrunk(monkeypatch: pytest.MonkeyPatch) -> None:
    # A shorter sequence fails in the same way, and takes time to find.
    monkeypatch.setattr("cdc_lab.classroom.exercises.checking.SHRINK_UNTIL", 0.0)
    monkeypatch.setattr("cdc_lab.classroom.exercises.checking.PATIENCE", 4.0)
    monkeypatch.setattr("cdc_lab.classroom.exercises.world.WATCHDOG_SECONDS", 6.0)


def notebook_of(drill: str) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads((NOTEBOOKS / find(drill).texts.solution).read_text("utf-8"))
    return notebook


@cache
def answers_in(path: Path, as_learner: bool, is_begun: bool = False) -> dict[str, Any]:
    """What a drills notebook hands in: its code cells are run, and its checks are noted instead of made."""
    cells = sources(path, as_learner)
    if is_begun:
        cells = [re.sub(r"^ +raise NotAttempted.*\n", "", cell, flags=re.MULTILINE) for cell in cells]
    handed_in: dict[str, Any] = {}
    run(cells, handed_in.__setitem__)
    if Lab._open is not None:
        Lab._open.close()
    return handed_in


def handed_in(drill: str, as_learner: bool = False) -> Any:
    return answers_in(NOTEBOOKS / find(drill).texts.solution, as_learner)[drill]


@pytest.mark.parametrize(("drill", "name"), MUTANTS)
def test_a_wrong_answer_is_caught_where_it_is_meant_to_be(drill: str, name: str) -> None:
    # GIVEN a plausible wrong answer
    mutant = load("mutants", drill, name)
    # WHEN it meets the scenario that is meant for it
    verdict = examine(find(drill), answer("mutants", drill, name), SEED, only=mutant.scenario)
    # THEN it is wrong, and its misconception is named
    found = verdict.failure.misconception if verdict.failure else verdict.outcome
    assert found == mutant.misconception


@pytest.mark.parametrize(("drill", "name"), ALTERNATIVES)
def test_a_right_answer_passes_however_it_is_written(drill: str, name: str) -> None:
    verdict = examine(find(drill), answer("alternatives", drill, name), SEED)
    assert verdict.failure is None
    assert len(verdict.passed) == len(find(drill).scenarios)


@pytest.mark.parametrize("drill", DRILLS[::3])
def test_the_committed_solution_passes(drill: str) -> None:
    verdict = examine(find(drill), handed_in(drill), SEED + 1)
    assert verdict.failure is None
    assert verdict.outcome == "pass"


@pytest.mark.parametrize("drill", DRILLS)
def test_an_untouched_drill_is_not_attempted(drill: str) -> None:
    verdict = examine(find(drill), handed_in(drill, as_learner=True))
    assert verdict.outcome == "not attempted"
    assert not verdict.passed


@pytest.mark.parametrize("drill", [drill for drill in DRILLS if not isinstance(find(drill), Drill)])
def test_the_handler_that_is_to_be_mended_is_wrong(drill: str) -> None:
    # GIVEN the learner's notebook, where nothing was done but to take out the line that says so
    path = NOTEBOOKS / find(drill).texts.solution
    untouched = answers_in(path, as_learner=True, is_begun=True)[drill]
    # THEN the check does not take the handler for mended
    assert examine(find(drill), untouched, SEED).outcome == "wrong"


@pytest.mark.parametrize("drill", DRILLS)
def test_there_are_wrong_answers_enough(drill: str) -> None:
    mutants = [load("mutants", drill, name) for name in names("mutants", drill)]
    assert len(mutants) >= 4
    assert len(names("alternatives", drill)) >= 1
    assert len({mutant.misconception for mutant in mutants}) >= 3


@pytest.mark.parametrize("drill", DRILLS)
def test_each_misconception_of_its_own_has_a_wrong_answer_that_shows_it(drill: str) -> None:
    named = {load("mutants", drill, name).misconception for name in names("mutants", drill)}
    assert set(find(drill).texts.own) <= named


@pytest.mark.parametrize("drill", DRILLS)
def test_what_the_texts_refer_to_is_there(drill: str) -> None:
    texts = find(drill).texts
    facts = (ROOT / "data" / "facts.csv").read_text("utf-8")
    for misconception in texts.misconceptions.values():
        assert (NOTEBOOKS / f"{misconception.lesson}.ipynb").exists() or (
            misconception.id == "cannot happen"  # words of AWS, on whatever was handed in
        ), misconception
        assert not misconception.fact or f"\n{misconception.fact}," in facts, misconception
    assert len(texts.hints) == 2


def test_the_knees_that_a_discussion_names_are_the_planners() -> None:
    # GIVEN the parameters that the text names
    text = find("drill_07_1").texts.discussion
    assert "at 4 shards, batches of 100 and a factor of 4 the knee is" in text
    mapping = {"BatchSize": 100, "ParallelizationFactor": 4}
    # WHEN the knee is worked out, and again with the factor as a multiplier
    knee = 4 * capacity(drill_07_1._BOARD, **mapping)
    multiplied = drill_07_1._multiplied({"shards": 4, **mapping})
    # THEN the text says both
    assert f"the knee is {knee:,.0f}, not {multiplied:,.0f}." in text


@pytest.mark.parametrize("drill", DRILLS)
def test_the_notebook_shows_the_code_that_is_judged(drill: str) -> None:
    sources = ["".join(cell["source"]) for cell in notebook_of(drill)["cells"] if cell["cell_type"] == "code"]
    given = find(drill).texts.given.strip()
    assert any(given in source for source in sources)


@pytest.mark.parametrize("drill", DRILLS)
def test_a_task_is_short(drill: str) -> None:
    # GIVEN the notebook's cell with the drill's title
    title = f". {find(drill).texts.title}: "
    tasks = [
        "".join(cell["source"])
        for cell in notebook_of(drill)["cells"]
        if cell["cell_type"] == "markdown" and title in "".join(cell["source"]).partition("\n")[0]
    ]
    # THEN there is one, and its task has few words
    assert len(tasks) == 1
    assert len(tasks[0].partition("\n")[2].split()) <= MOST_WORDS
