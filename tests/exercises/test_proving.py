"""The proof itself can fail: what is not caught, does not pass, or is missing from the page is reported."""

from __future__ import annotations

import pytest

from cdc_lab.classroom.exercises import find
from tests.exercises import proving
from tests.exercises.loading import answer, load, names
from tests.exercises.matrix import MEANT, NOT_TRIED, PAGE, marks_in, matrix, page, sampled
from tests.exercises.proving import ALL, Proof, Task, prove_right, prove_wrong, tasks

DRILL, WRONG, RIGHT = "drill_01_2", "same_length", "nines"


def test_a_wrong_answer_is_caught_and_has_its_row() -> None:
    proof = prove_wrong(DRILL, WRONG, (1, 2), is_whole_row=True)
    assert proof.problems == ()
    assert matrix(DRILL, [proof]).rows == [["same_length", "as long as each other", ".", "X"]]


def test_a_wrong_answer_that_is_not_caught_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a right answer among the wrong ones
    monkeypatch.setattr(proving, "answer", lambda *_: answer("alternatives", DRILL, RIGHT))
    # THEN the proof says that it was not caught, and what it was taken for
    first, second, third = prove_wrong(DRILL, WRONG, (1, 2), is_whole_row=False).problems
    assert first == "seed 1: 'the older stays' does not catch it: pass"
    assert second == "seed 2: 'the older stays' does not catch it: pass"
    assert third == "seed 1: taken for 'pass', not for 'as long as each other'"


def test_a_right_answer_that_does_not_pass_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "answer", lambda *_: answer("mutants", DRILL, WRONG))
    assert prove_right(DRILL, RIGHT, (1,)).problems == (
        "drill_01_2, seed 1: wrong ('the older stays': as long as each other)",
    )


def test_what_breaks_is_a_problem_not_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise KeyError("handler")

    monkeypatch.setattr(proving, "answer", breaks)
    proof = Task("mutants", DRILL, WRONG, (1,), is_whole_row=False).prove()
    assert proof.problems == ("KeyError: 'handler'",)


def test_everything_is_proven() -> None:
    todo = {(task.kind, task.exercise, task.name) for task in tasks("", 1, 1, whole_rows=False)}
    for kind in ("mutants", "alternatives"):
        for exercise in ALL:
            assert {(kind, exercise, name) for name in names(kind, exercise)} <= todo


@pytest.mark.skipif(not PAGE.exists(), reason="make mutants has not made the page yet")
def test_the_page_has_a_row_for_every_wrong_answer_and_none_that_its_scenario_missed() -> None:
    sections = {part.partition("\n")[0]: part for part in PAGE.read_text("utf-8").split("\n## ")[1:]}
    for exercise in ALL:
        scenarios = [scenario.name for scenario in find(exercise).scenarios]
        rows = [
            line.strip("| ").split(" | ") for line in sections[exercise].splitlines() if line.startswith("| ")
        ]
        marks = {row[0]: dict(zip(scenarios, row[2:], strict=True)) for row in rows}
        assert set(names("mutants", exercise)) <= marks.keys(), f"{exercise}: run make mutants"
        for name in names("mutants", exercise):
            meant = load("mutants", exercise, name).scenario
            assert marks[name][meant] in (MEANT, NOT_TRIED), f"{exercise}, {name}"


def test_a_sample_leaves_out_wrong_answers_alone() -> None:
    # GIVEN all that is to be proven
    todo = tasks("drill_01", 1, 1, whole_rows=False)
    # WHEN three of the wrong answers are asked for
    chosen = sampled(todo, 3)
    # THEN all right ones are there, and the same three each time
    assert [task for task in chosen if task.kind != "mutants"] == [t for t in todo if t.kind != "mutants"]
    assert sum(task.kind == "mutants" for task in chosen) == 3
    assert chosen == sampled(todo, 3)
    assert sampled(todo, None) == todo


def test_a_scenario_that_was_not_tried_is_a_question_mark() -> None:
    proof = prove_wrong(DRILL, WRONG, (1,), is_whole_row=False)
    (row,) = matrix(DRILL, [proof]).rows
    assert sorted(row[2:]) == ["?", "X"]


def test_a_page_keeps_what_was_not_made_anew() -> None:
    # GIVEN a page with two exercises
    table = matrix(DRILL, [prove_wrong(DRILL, WRONG, (1,), is_whole_row=True)])
    before = page([table, matrix("drill_01_1", [])])
    # WHEN one of them is made again
    after = page([table], before)
    # THEN the other is as it was
    assert after == before


def test_what_a_page_has_is_kept_where_only_new_answers_are_proven() -> None:
    # GIVEN a page with a row
    table = matrix(DRILL, [prove_wrong(DRILL, WRONG, (1,), is_whole_row=True)])
    marks = marks_in(page([table]), DRILL)
    # WHEN the table is made without proving it again
    again = matrix(DRILL, [], marks)
    # THEN the row is the same; one that was never proven has no marks
    assert again.rows == table.rows
    assert marks_in(page([table]).replace(f" {MEANT} ", f" {NOT_TRIED} "), DRILL) == {}


def test_a_scenario_that_catches_nothing_is_a_dot() -> None:
    mutant = load("mutants", DRILL, WRONG)
    proof = Proof(DRILL, WRONG, mutant.misconception, mutant.scenario)
    assert matrix(DRILL, [proof]).rows[0][2:] == [".", "."]
