"""The storm day of the capstone; its numbers are compared with the CSV in the notebook of the solution."""

from __future__ import annotations

from typing import Any

import pytest

from cdc_lab.classroom.exercises import NotAttempted
from cdc_lab.classroom.exercises.answer import CheckError
from cdc_lab.classroom.exercises.exercise_4.day import storm_day


def stub(event: Any, context: Any) -> None:
    raise NotAttempted


def done(event: Any, context: Any) -> None:
    return None


def test_the_day_waits_for_the_last_stub(capsys: pytest.CaptureFixture[str]) -> None:
    assert storm_day({"board": done, "index": done, "audit": stub}) is None
    assert capsys.readouterr().out == "exercise_4: a function is not written yet. The storm day waits.\n"


def test_a_missing_function_is_named() -> None:
    with pytest.raises(CheckError, match="index missing"):
        storm_day({"board": done, "audit": done})
