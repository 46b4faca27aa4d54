"""A lesson of its own for the classroom's tests, and a state folder that is not the developer's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cdc_lab.classroom import questions, session

LESSON = """
[77-noop]
section = 1
question = "UA1545 is written again, unchanged. What does the stream get?"
fact = "A23"
expected = "b"

[77-noop.a]
text = "one `MODIFY` record"
value = 1
why = "MODIFY means that the item changed."
misconception = "E10"

[77-noop.b]
text = "no record"
value = 0
why = "The stream holds changes of items, not calls."

[77-noop.c]
text = "more than one"
otherwise = true
why = "One call writes one record at most."

[77-order]
section = 2
question = "In which order do the events of one item come?"
fact = "A36"
expected = "a"

[77-order.a]
text = "as they happened"
value = ["INSERT", "MODIFY", "REMOVE"]
why = "Order holds for each item."

[77-order.b]
text = "in any order"
otherwise = true
why = "Between items, yes; for one item, no."
"""


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The only lesson there is, ``77_test_lesson``, and a session that has not begun."""
    folder = tmp_path / "questions"
    folder.mkdir()
    (folder / "77_test_lesson.toml").write_text(LESSON, "utf-8")
    monkeypatch.setattr(questions, "_folder", lambda: folder)
    _forget()
    yield "77_test_lesson"
    _forget()


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    monkeypatch.setenv("CDC_LAB_STATE", str(folder))
    return folder


def _forget() -> None:
    questions.lessons.cache_clear()
    questions.load.cache_clear()
    session._start(None)
