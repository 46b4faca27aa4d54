"""Answers are cells of a file: each runs after what is given; first lines are checked when it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exercises import loading
from tests.exercises.loading import answer, names, written

GIVEN = """\
# %% given
WORD = "right"
def word():
    return WORD
def handler(event, context):
    return word()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where wrong answers to exercise 1 can be written."""
    monkeypatch.setattr(loading, "FOLDER", tmp_path)
    written.cache_clear()
    (tmp_path / "mutants").mkdir()
    yield tmp_path / "mutants" / "exercise_1.py"
    written.cache_clear()


def test_a_cell_says_only_what_is_different(folder: Path) -> None:
    # GIVEN a wrong answer that replaces a function which the given handler uses
    folder.write_text(f"{GIVEN}# %% another | plain day | lost\ndef word():\n    return 'wrong'\n", "utf-8")
    # THEN its handler is the given one, with that function
    assert answer("mutants", "exercise_1", "another")({}, None) == "wrong"
    assert names("mutants", "exercise_1") == ["another"]


def test_each_answer_runs_in_a_notebook_of_its_own(folder: Path) -> None:
    folder.write_text(f"{GIVEN}# %% seen | plain day | lost\nseen = []\nhandler = seen.append\n", "utf-8")
    first, second = (answer("mutants", "exercise_1", "seen") for _ in range(2))
    first("record")
    assert first.__self__ == ["record"]
    assert second.__self__ == []


def test_an_error_is_in_the_line_of_the_file(folder: Path) -> None:
    folder.write_text(f"{GIVEN}# %% fails | plain day | lost\n\nraise RuntimeError\n", "utf-8")
    with pytest.raises(RuntimeError) as raised:
        answer("mutants", "exercise_1", "fails")
    assert raised.traceback[-1].lineno + 1 == 9
    assert str(raised.traceback[-1].path) == f"{folder}, fails"  # a cell alone, as exercise 5 deploys it


@pytest.mark.parametrize(
    ("first_line", "says"),
    [
        ("odd | plane day | lost", r"exercise_1.py, line 7: exercise_1 has no scenario 'plane day': \["),
        ("odd | plain day | loss", r"exercise_1.py, line 7: exercise_1 has no misconception 'loss': \["),
        ("odd", r"exercise_1.py, line 7: exercise_1 has no scenario '': \["),
        ("odd | plain day | lost\n# %% odd | plain day | lost", "exercise_1.py, line 8: odd stands twice"),
    ],
)
def test_a_first_line_that_says_nothing_known_is_refused(folder: Path, first_line: str, says: str) -> None:
    folder.write_text(f"{GIVEN}# %% {first_line}\n", "utf-8")
    with pytest.raises(ValueError, match=says):
        names("mutants", "exercise_1")
