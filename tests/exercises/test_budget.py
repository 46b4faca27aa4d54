"""A slow machine makes no answer wrong, and an answer that takes too much is stopped on every machine."""

from __future__ import annotations

import time

import pytest

from cdc_lab.classroom.exercises import budget
from cdc_lab.classroom.exercises.budget import Budget


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The processor seconds that pass next; the last one stays."""
    clock = [0.0]
    monkeypatch.setattr(time, "process_time", lambda: clock[0])
    return clock


@pytest.mark.parametrize(("slowness", "seconds", "is_spent"), [(1.0, 4.4, False), (1.0, 4.6, True)])
@pytest.mark.parametrize("times", [1, 3])
def test_the_limit_follows_the_speed_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
    used: list[float],
    slowness: float,
    seconds: float,
    is_spent: bool,
    times: int,
) -> None:
    monkeypatch.setattr(budget, "slowness", lambda: slowness * times)
    one = Budget(4.5)
    used[0] = seconds * times
    assert one.is_spent is is_spent


def test_each_piece_of_time_counts_by_the_speed_that_the_machine_had_then(
    monkeypatch: pytest.MonkeyPatch, used: list[float]
) -> None:
    # GIVEN a check that was within the limit on a slow machine
    pace = [3.0]
    monkeypatch.setattr(budget, "slowness", lambda: pace[0])
    one = Budget(4.5)
    used[0] = 12.0
    assert not one.is_spent
    # WHEN the machine is fast again
    pace[0] = 1.0
    # THEN what passed slowly is not counted as if it had passed fast: half a second is left
    used[0] = 12.4
    assert not one.is_spent
    used[0] = 12.7
    assert one.is_spent


def test_the_speed_has_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([0.0, 0.0, 0.0, 1000.0])
    monkeypatch.setattr(time, "thread_time", lambda: next(ticks))
    assert budget.slowness() == 1.0
    assert budget.slowness() == 8.0
