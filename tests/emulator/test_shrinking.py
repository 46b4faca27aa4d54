"""One way to make what fails smaller, for stories and for faults."""

from __future__ import annotations

import random
from functools import partial

import pytest

from cdc_lab import Faults
from cdc_lab.emulator.shrinking import shorter, shrink


def fails_with(*needed: int):  # type: ignore[no-untyped-def]
    return lambda entries: tuple(entries) if set(needed) <= set(entries) else None


def test_shrinking_leaves_nothing_that_can_be_dropped() -> None:
    entries = list(range(20))
    assert shrink(shorter(entries), tuple(entries), fails_with(3, 17)) == (3, 17)


def test_shrinking_keeps_one_entry_when_any_fails() -> None:
    assert shrink(shorter([1, 2, 3]), (1, 2, 3), tuple) == (1,)


@pytest.mark.parametrize("entries", [[], [1]])
def test_what_cannot_be_shorter_is_not_tried(entries: list[int]) -> None:
    tried: list[list[int]] = []
    assert shrink(shorter(entries), "failed", tried.append) == "failed"
    assert tried == []


def test_shrinking_stops_when_time_is_up() -> None:
    left = iter([True, True, False])
    found = shrink(shorter(list(range(8))), tuple(range(8)), fails_with(0), lambda: next(left))
    assert 0 in found
    assert len(found) < 8


def test_no_single_entry_of_the_shortest_can_be_dropped(rng: random.Random) -> None:
    for _ in range(50):
        # GIVEN a story that fails when some of its entries are there
        entries = list(range(rng.randint(1, 30)))
        fails = fails_with(*rng.sample(entries, rng.randint(1, len(entries))))
        # WHEN it is made shorter
        shortest = shrink(shorter(entries), tuple(entries), fails)
        # THEN it still fails, and without any one entry it does not
        assert fails(shortest) == shortest
        assert all(fails([*shortest[:n], *shortest[n + 1 :]]) is None for n in range(len(shortest)))


def crashes_late(step: int, faults: Faults) -> bool:
    """A world that fails when its environment dies after that step or later."""
    return any(int(n) >= step for n in faults.crash_steps)


def test_the_simplest_faults_are_found_from_whatever_failed(rng: random.Random) -> None:
    for _ in range(20):
        # GIVEN a world that fails when its environment dies after step n or later
        step = rng.randint(1, 40)
        crash = rng.randint(step, 60)
        schedule = Faults(seed=4, duplicates=0.2, throttles=0.1, crash_after=(crash, 70), splits=(3, 9))
        # THEN all else goes, and the crash comes as early as it can
        simplest = schedule.shrink(partial(crashes_late, step))
        assert simplest == Faults(seed=4, crash_after=(step,))
