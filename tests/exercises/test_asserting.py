"""What the check shows of a reader's test that fails: pytest's rewriting of ``assert`` is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cdc_lab.classroom.exercises import find
from cdc_lab.classroom.exercises.checking import examine
from cdc_lab.classroom.exercises.drills.asserting import told
from tests.exercises.cells import compiled
from tests.exercises.loading import answer

_CELL = """
counts, left = {"EWR": 3}, iter([1, 2])

def of_a_comparison():
    wanted = {"EWR": 2}
    assert counts == wanted

def over_lines():
    assert len(
        counts
    ) >= 2

def with_a_message():
    assert counts == {}, "too many"

def of_no_comparison():
    assert all(count < 3 for count in counts.values())

def another_the_second_time():
    assert next(left) == 2

def fails_the_second_time():
    assert once() == 1

def once(called=[]):
    called.append(1)
    if len(called) > 1:
        raise ValueError("once")
    return 0

def raised():
    raise AssertionError

def no_assert():
    counts["JFK"]
"""


def _names() -> dict[str, Callable[[], Any]]:
    names: dict[str, Any] = {}
    exec(compiled(_CELL, "a cell with asserts"), names)
    return names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("of_a_comparison", "AssertionError: assert counts == wanted (left {EWR: 3}, right {EWR: 2})"),
        ("over_lines", "AssertionError: assert len(counts) >= 2 (left 1, right 2)"),
        ("with_a_message", "AssertionError: too many"),
        ("of_no_comparison", "AssertionError: assert all((count < 3 for count in counts.values()))"),
        ("another_the_second_time", "AssertionError: assert next(left) == 2"),
        ("fails_the_second_time", "AssertionError: assert once() == 1"),
        ("raised", "AssertionError"),
        ("no_assert", "KeyError: 'JFK'"),
    ],
)
def test_an_assert_without_a_message_tells_its_source_and_what_it_compares(name: str, expected: str) -> None:
    # GIVEN a function of a notebook's cell that fails
    with pytest.raises((AssertionError, KeyError)) as caught:
        _names()[name]()
    # WHEN it is told / THEN values stand there only as they were when it failed
    assert told(caught.value) == expected


def test_without_its_source_the_error_is_told_as_it_is() -> None:
    names: dict[str, Any] = {}
    exec("def test():\n    assert 1 == 2", names)
    with pytest.raises(AssertionError) as caught:
        names["test"]()
    assert told(caught.value) == "AssertionError"


def test_the_verdict_on_a_test_shows_the_values() -> None:
    verdict = examine(find("drill_09_1"), answer("mutants", "drill_09_1", "wrong_sum"), seed=1)
    assert verdict.failure is not None
    assert verdict.failure.differences[0].got.endswith(" (left {EWR: 2, JFK: 1}, right {EWR: 2, JFK: 2})")


def test_the_verdict_on_a_weak_comparison_shows_both_boards() -> None:
    verdict = examine(find("drill_09_1"), answer("mutants", "drill_09_1", "greater_or_equal"), seed=1)
    assert verdict.failure is not None
    got = "it passes, and the board is {EWR: 3, JFK: 1}; a right handler's is {EWR: 2, JFK: 1}"
    assert verdict.failure.differences[0].got == got
