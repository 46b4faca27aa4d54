from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdc_lab.classroom import QuestionError, begin, check, checkpoint, predict, progress, reveal
from cdc_lab.lab import Lab

pytestmark = pytest.mark.usefixtures("lesson")


def kept(state: Path) -> dict[str, Any]:
    lessons = json.loads((state / "progress.json").read_text("utf-8"))["lessons"]
    return dict(lessons["77_test_lesson"])


def answer(letter: str | None) -> None:
    predict("77-noop", letter)
    reveal("77-noop", 0)


def test_a_batch_run_writes_nothing(state: Path) -> None:
    answer(None)
    checkpoint(1)
    assert not state.exists()


def test_the_first_answer_stays_and_the_last_one_counts(state: Path) -> None:
    # GIVEN a wrong answer
    answer("a")
    checkpoint(1)
    # WHEN the reader comes to know better
    answer("b")
    # THEN both are kept
    assert kept(state) == {
        "predictions": {
            "77-noop": {
                "first": {"answer": "a", "right": False, "misconception": "E10"},
                "last": {"answer": "b", "right": True},
            }
        },
        "checkpoints": [1],
    }


def test_an_answer_counts_before_it_is_judged(state: Path) -> None:
    # GIVEN an answer, after which the browser and the kernel end
    predict("77-noop", "c")
    begin("77_test_lesson")
    # THEN it counts, and the summary knows the letter
    assert progress.answered() == {"77_test_lesson": 1}
    assert progress.summary().splitlines()[1].split() == ["77_test_lesson", "1", "of", "2", "0", "0", "0"]
    assert "not judged yet; run the cells down to the reveal: 77-noop (c)." in progress.summary()
    # WHEN the question is answered again, and judged; THEN it counts once
    answer("b")
    assert progress.answered() == {"77_test_lesson": 1}
    assert "not judged yet" not in progress.summary()
    # AND the first answer that was judged is the first
    assert kept(state)["predictions"]["77-noop"]["first"]["answer"] == "b"


def test_a_batch_run_after_that_changes_nothing(state: Path) -> None:
    answer("a")
    before = (state / "progress.json").read_bytes()
    begin("77_test_lesson")
    answer(None)
    checkpoint(1)
    assert (state / "progress.json").read_bytes() == before


def test_the_summary_counts_and_maps_misconceptions_met_and_mended() -> None:
    claim = '"Every write makes a record." Only changes do (A23).'
    assert progress.summary().endswith("Misconceptions met: none of those that have a name.")
    answer("a")
    assert progress.summary().splitlines()[1].split() == ["77_test_lesson", "1", "of", "2", "0", "0", "0"]
    *_, head, row = progress.summary().splitlines()
    assert head == "Misconceptions met: 1; mended: 0."
    assert row == f"  met     E10  {'77-noop':24}  {claim}"
    answer("b")
    assert progress.summary().splitlines()[1].split() == ["77_test_lesson", "1", "of", "2", "0", "1", "0"]
    *_, head, row = progress.summary().splitlines()
    assert head == "Misconceptions met: 1; mended: 1."
    assert row == f"  mended  E10  {'77-noop':24}  {claim}"


def test_without_the_checkouts_data_the_map_shows_ids(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer("a")
    monkeypatch.setenv("CDC_LAB_DATA", str(tmp_path))
    assert progress.summary().endswith("  met     E10  77-noop")


def test_reset_forgets_a_lesson_or_all(state: Path) -> None:
    answer("a")
    progress.reset("77_test_lesson")
    assert "77_test_lesson" not in json.loads((state / "progress.json").read_text("utf-8"))["lessons"]
    progress.reset()
    assert not (state / "progress.json").exists()
    progress.reset()
    with pytest.raises(QuestionError, match="no lesson '99'"):
        progress.reset("99")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"version": 99, "lessons": {}}',
        '{"version": 1, "lessons": {"77_test_lesson": {}}}',
        '{"version": 1, "lessons": {"x": {"checkpoints": [], "predictions": {"77-noop": {}}}}}',
    ],
)
def test_a_file_that_is_not_ours_is_started_over(state: Path, text: str) -> None:
    state.mkdir()
    (state / "progress.json").write_text(text, "utf-8")
    answer("b")
    assert kept(state)["predictions"]


def test_a_folder_that_cannot_be_made_stops_no_lesson(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a file where the folder should be (root may write anywhere, so permissions would prove nothing)
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("CDC_LAB_STATE", str(tmp_path / "file"))
    # WHEN an answer is judged; THEN the lesson goes on
    answer("b")
    assert "77_test_lesson" in progress.summary()


def test_a_write_that_fails_leaves_the_old_file_and_no_litter(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer("a")
    before = (state / "progress.json").read_bytes()

    def refuse(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", refuse)
    answer("b")
    assert [entry.name for entry in state.iterdir()] == ["progress.json"]
    assert (state / "progress.json").read_bytes() == before


def test_the_folder_follows_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CDC_LAB_STATE")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert progress.state_folder() == tmp_path / "cdc-lab"
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert progress.state_folder() == tmp_path / "local" / "cdc-lab"
    monkeypatch.setattr("sys.platform", "darwin")
    assert progress.state_folder().parts[-3:] == ("Library", "Application Support", "cdc-lab")


@pytest.fixture
def own_notebook(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("JPY_SESSION_NAME", "exercises/drills_01_streams.ipynb")
    yield
    # A check leaves a lab open, for the cells that follow it in a notebook.
    if Lab._open is not None:
        Lab._open.close()


@pytest.mark.usefixtures("own_notebook")
def test_the_summary_lists_exercises_and_a_pass_stays(state: Path) -> None:
    assert "Exercises and drills attempted: none." in progress.summary()
    # GIVEN a wrong answer, a right one, and a later attempt that fails
    for passed in (False, True, False):
        progress.record_check("drill_01_1", passed)
    progress.record_check("exercise_1", False)
    # THEN the drill is passed, the exercise not yet
    assert progress.summary().splitlines()[-5:-2] == [
        "Exercises and drills attempted: 2; passed: 1.",
        "  passed  drill_01_1      checks 3",
        "  not yet  exercise_1      checks 1",
    ]
    # AND one can be forgotten
    progress.reset("drill_01_1")
    assert "attempted: 1; passed: 0" in progress.summary()


def test_what_the_hub_or_a_solution_checks_is_not_the_readers(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for session in ("06_exercises.ipynb", "solutions/exercise_1_audit_log.ipynb"):
        monkeypatch.setenv("JPY_SESSION_NAME", session)
        progress.record_check("exercise_1", True)
    assert not state.exists()


@pytest.mark.usefixtures("own_notebook")
def test_a_check_is_noted_once_it_was_attempted(state: Path) -> None:
    # GIVEN a stub, which is no attempt
    check("drill_01_2", None)
    assert not state.exists()
    # WHEN something is tried
    check("drill_01_2", ("1" * 21, "2" * 21))
    # THEN it is noted
    assert "not yet  drill_01_2" in progress.summary()
