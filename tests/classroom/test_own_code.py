from __future__ import annotations

import doctest

import pytest

from cdc_lab.classroom import own_code, your_turn
from cdc_lab.classroom.own_code import raises
from cdc_lab.show.panels import Panel

Capture = pytest.CaptureFixture[str]


def test_code_that_does_all_that_was_asked_is_done(capsys: Capture) -> None:
    # WHEN each claim about the reader's code holds
    your_turn({"it doubles": lambda: True, "also zero": lambda: [0]})
    # THEN all of them are listed
    assert capsys.readouterr().out.splitlines() == ["Your turn: done", "  - it doubles", "  - also zero"]


def test_code_that_lacks_something_is_not_yet_done_and_the_lesson_goes_on(capsys: Capture) -> None:
    # WHEN some claims hold THEN nothing is raised AND the first thing that is missing is named, it alone
    your_turn({"it doubles": lambda: True, "also zero": lambda: False, "also text": lambda: False})
    assert capsys.readouterr().out == "Your turn: not yet. Missing: also zero.\n"


def test_code_that_raises_is_not_yet_done_and_its_error_is_said_in_one_line(capsys: Capture) -> None:
    your_turn({"it finds the status": lambda: {}["status"]})
    assert (
        capsys.readouterr().out
        == "Your turn: not yet. Missing: it finds the status. Your code raised KeyError: 'status'.\n"
    )


def test_html_says_what_the_text_says_and_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Panel] = []
    monkeypatch.setattr("cdc_lab.classroom.own_code.show", shown.append)
    your_turn({"a < b": lambda: False})
    your_turn({"a < b": lambda: True})
    assert [("a &lt; b" in panel.html, "a < b" in panel.text) for panel in shown] == [(True, True)] * 2
    assert ["not yet" in panel.html for panel in shown] == [True, False]


def test_a_claim_may_ask_whether_an_error_gets_out() -> None:
    # GIVEN code that lets the error out, swallows it, or fails otherwise
    assert raises(KeyError, {}.__getitem__, "status")
    assert not raises(KeyError, {}.get, "status")
    # THEN another error is not taken for it
    with pytest.raises(ZeroDivisionError):
        raises(KeyError, divmod, 1, 0)


def test_the_examples_hold() -> None:
    results = doctest.testmod(own_code)
    assert (results.failed, results.attempted) == (0, 3)
