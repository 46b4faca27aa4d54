"""Changes by machine: each is one, each is code; a sample of them is caught, or said to be right."""

from __future__ import annotations

import ast

import pytest

from cdc_lab.classroom.exercises import EXERCISES
from tests.exercises.mutating import Mutant, changes, mutants, sample, survivors

HANDLER = """\
def handler(event, context):
    for record in event["Records"]:
        if record["version"] > 3 and record["name"]:
            total = record["number"].zfill(40)
            try:
                table.put_item(Item={"a": 1, "b": total}, ConditionExpression="attribute_not_exists(a)")
            except ClientError:
                raise
"""


def changed(number: int) -> str:
    return Mutant("exercise_1", "solution", "", "", (HANDLER,), 0, number).cells[0]


def test_every_kind_of_change_is_made() -> None:
    kinds = {kind for kind, _, _ in changes(ast.parse(HANDLER))}
    assert kinds == {
        "argument removed",
        "call left out",
        "comparison turned",
        "condition dropped",
        "condition turned",
        "constant",
        "entry removed",
        "exception widened",
        "statement left out",
        "statements swapped",
    }


def test_every_change_is_one_and_is_code() -> None:
    count = sum(1 for _ in changes(ast.parse(HANDLER)))
    cells = [changed(number) for number in range(count)]
    assert len(set(cells)) == count
    assert ast.unparse(ast.parse(HANDLER)) not in cells
    for cell in cells:
        compile(cell, "changed", "exec")


@pytest.mark.parametrize("exercise", EXERCISES)
def test_there_are_changes_enough_and_a_sample_stays_the_same(exercise: str) -> None:
    assert len(mutants(exercise)) >= 100
    assert [mutant.name for mutant in sample(exercise)] == [mutant.name for mutant in sample(exercise)]
    assert {mutant.origin for mutant in sample(exercise)} == {mutant.origin for mutant in mutants(exercise)}


@pytest.mark.parametrize("exercise", EXERCISES)
def test_what_is_said_to_be_right_is_a_change_that_can_be_made(exercise: str) -> None:
    assert survivors().get(exercise, {}).keys() <= {mutant.name for mutant in mutants(exercise)}


@pytest.mark.parametrize("mutant", [m for e in EXERCISES for m in sample(e, 2, seed=7)], ids=lambda m: m.name)
def test_a_change_is_caught_or_said_to_be_right(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdc_lab.classroom.exercises.checking.SHRINK_UNTIL", 0.0)
    monkeypatch.setattr("cdc_lab.classroom.exercises.checking.PATIENCE", 4.0)
    assert mutant.caught_by((1,)) or mutant.name in survivors()[mutant.exercise]
