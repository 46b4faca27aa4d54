"""What passed and was not changed is not judged again; whatever was changed is."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from cdc_lab import Lab
from cdc_lab.classroom.exercises import NotAttempted, checking, find
from cdc_lab.classroom.exercises.checking import examine
from cdc_lab.classroom.exercises.unchanged import Passes, fingerprint_of
from tests.exercises.cells import run
from tests.exercises.loading import answer

CELL = """\
LIMIT = 3
seen = {}
def helper(value):
    return value + 1
def handler(event, context=None):
    seen[event] = True
    return helper(event) < LIMIT
"""


def handler_of(cell: str, **given: Any) -> Callable[..., Any]:
    """The handler that a cell defines."""
    found: Callable[..., Any] = run([cell], given=given)["handler"]
    return found


def test_the_same_cell_run_again_makes_an_equal_answer() -> None:
    assert fingerprint_of(handler_of(CELL)) == fingerprint_of(handler_of(CELL)) is not None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("value + 1", "value + 2"),  # what it uses
        ("LIMIT = 3", "LIMIT = 4"),  # a value beside it
        ("LIMIT = 3", "LIMIT = 3.0"),
        ("seen = {}", "seen = {1: True}"),  # what it remembers
        ("context=None", "context=0"),
    ],
)
def test_a_change_of_what_it_uses_is_seen(before: str, after: str) -> None:
    assert fingerprint_of(handler_of(CELL)) != fingerprint_of(handler_of(CELL.replace(before, after)))


def test_what_is_around_a_cell_that_was_not_run_again_counts_too() -> None:
    handler = handler_of(CELL)
    first = fingerprint_of(handler)
    handler.__globals__["LIMIT"] = 4
    assert fingerprint_of(handler) != first


def test_a_client_made_anew_is_the_same_client() -> None:
    with Lab():
        made = [
            handler_of(CELL.replace("LIMIT = 3", ""), LIMIT=boto3.resource("dynamodb").Table(name))
            for name in ("audit", "audit", "other")
        ]
        same, again, other = map(fingerprint_of, made)
    assert same == again != other


def test_what_is_in_a_module_of_the_readers_cannot_be_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("my_helpers")
    monkeypatch.setitem(sys.modules, "my_helpers", module)
    assert fingerprint_of(handler_of(CELL.replace("LIMIT = 3", ""), LIMIT=module)) is None


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The scenarios that were run."""
    names: list[str] = []
    at = checking._FunctionsAttempt.at

    def counted(attempt: Any, scenario: Any) -> Any:
        names.append(scenario.name)
        return at(attempt, scenario)

    monkeypatch.setattr(checking._FunctionsAttempt, "at", counted)
    return names


def parts(*written: str) -> dict[str, Any]:
    """A right answer to exercise 3, of which only some parts are written yet."""

    def stub(*arguments: Any) -> Any:
        raise NotAttempted

    whole = answer("alternatives", "exercise_3", "waits_for_the_gap")
    return {name: part if name in written else stub for name, part in whole.items()}


def test_a_part_that_passed_is_not_judged_again(judged: list[str]) -> None:
    # GIVEN a check after the first part
    exercise, before = find("exercise_3"), Passes()
    examine(exercise, parts("fold"), before=before)
    of_fold = {scenario.name for scenario in exercise.scenarios if scenario.parts == ("fold",)}
    assert of_fold <= set(judged)
    # WHEN the second is written
    judged.clear()
    verdict = examine(exercise, parts("fold", "append"), before=before)
    # THEN the first is not run again, and the verdict is the one of a check that runs all
    assert not of_fold & set(judged)
    assert verdict.passed == examine(exercise, parts("fold", "append")).passed
    assert of_fold < set(verdict.passed)


def test_an_answer_in_which_nothing_was_changed_is_judged_from_the_beginning(judged: list[str]) -> None:
    exercise, before = find("exercise_1"), Passes()
    right = answer("alternatives", "exercise_1", "raw_event")
    for _ in range(2):
        judged.clear()
        assert examine(exercise, right, before=before).outcome == "pass"
        assert len(judged) == len(exercise.scenarios)


def test_what_failed_is_judged_again(judged: list[str]) -> None:
    # GIVEN a wrong part that was checked
    exercise, before = find("exercise_3"), Passes()
    wrong = {**parts("append"), "fold": answer("mutants", "exercise_3", "latest_event")["fold"]}
    first = examine(exercise, wrong, before=before)
    # THEN it is wrong once more
    judged.clear()
    assert first.failure is not None
    assert examine(exercise, wrong, before=before).outcome == "wrong"
    assert first.failure.scenario in judged
