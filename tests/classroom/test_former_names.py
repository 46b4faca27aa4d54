"""A lesson or a question that got another name keeps its reader's progress."""

from __future__ import annotations

import json
from pathlib import Path

from cdc_lab.classroom import progress, questions


def test_progress_under_former_names_is_the_present_ones(state: Path) -> None:
    # GIVEN progress that was kept when a lesson had another number
    entry = {"first": {"answer": "a", "right": False}, "last": {"answer": "b", "right": True}}
    lesson = {"predictions": {"03c-count": entry}, "checkpoints": [1, 2]}
    state.mkdir()
    kept_then = {"version": 1, "lessons": {"03c_idempotency": lesson}}
    (state / "progress.json").write_text(json.dumps(kept_then), "utf-8")
    # WHEN it is shown
    rows = {line.split()[0]: line.split() for line in progress.summary().splitlines() if line[:2].isdigit()}
    # THEN answers and checkpoints stand at the lesson that has them now
    assert rows["03d_idempotency"][1] == "1"
    assert rows["03d_idempotency"][-3:] == ["0", "1", "2"]
    assert rows["03c_debugging"][1] == "0"


def test_progress_of_a_divided_lesson_is_in_its_parts(state: Path) -> None:
    # GIVEN progress of a lesson that became two
    entry = {"first": {"answer": "a", "right": False}, "last": {"answer": "b", "right": True}}
    lesson = {"predictions": {"05b-outbox": entry, "05b-exists": entry}, "checkpoints": [1, 3]}
    state.mkdir()
    kept_then = {"version": 1, "lessons": {"05b_outbox_filters_loops": lesson}}
    (state / "progress.json").write_text(json.dumps(kept_then), "utf-8")
    # WHEN it is shown
    rows = {line.split()[0]: line.split() for line in progress.summary().splitlines() if line[:2].isdigit()}
    # THEN each part has its own question and its own checkpoint
    assert (rows["05b_outbox"][1], rows["05b_outbox"][-1]) == ("1", "1")
    assert (rows["05c_filters_and_loops"][1], rows["05c_filters_and_loops"][-1]) == ("1", "1")


def test_no_former_id_is_the_id_of_another_question() -> None:
    present = {question for lesson in questions.lessons() for question in questions.load(lesson)}
    assert present.isdisjoint(questions.former_ids())
