"""The wall clock as lab time, on a wall that nobody waits for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cdc_lab import LabError

from .wall import NOON, Wall, refusal


def test_the_environment_waits_for_what_is_due() -> None:
    # GIVEN something due in 2.5 seconds
    wall = Wall()
    env = wall.clock().env
    # WHEN it is waited for
    env.run(until=env.timeout(2.5))
    # THEN so much time has passed in truth, and the environment says so
    assert (wall.seconds, env.now) == (2.5, 2.5)


def test_an_error_of_a_process_is_raised_as_it_is() -> None:
    # GIVEN a process that raises what cannot be made again from its arguments
    env = Wall().clock().env
    raised = refusal("AccessDenied")

    def process() -> Any:
        yield env.timeout(1)
        raise raised

    env.process(process())
    # WHEN it runs THEN the error itself arrives
    with pytest.raises(ClientError) as caught:
        env.run(until=10)
    assert caught.value is raised


def test_time_that_a_process_takes_delays_what_it_schedules_next() -> None:
    # GIVEN a process that computes for 4 seconds and then pauses for 1
    wall = Wall()
    env = wall.clock().env
    ended: list[float] = []

    def process() -> Any:
        yield env.timeout(1)
        wall.sleep(4)
        yield env.timeout(1)
        ended.append(wall.seconds)

    env.process(process())
    # WHEN it runs (simpy's own real-time environment would have it end at 5)
    env.run(until=10)
    # THEN the pause begins when the computing ends
    assert ended == [6.0]


def test_what_is_overdue_happens_at_once_and_in_order() -> None:
    # GIVEN two events that came due while nobody ran the lab
    wall = Wall()
    env = wall.clock().env
    order: list[str] = []
    for name, seconds in (("late", 2), ("early", 1)):
        event: Any = env.timeout(seconds)
        event.callbacks.append(lambda _, name=name: order.append(name))
    wall.sleep(60)
    # WHEN it runs again
    env.run(until=61)
    # THEN both happen, the earlier one first
    assert (order, wall.seconds) == (["early", "late"], 61.0)


def test_a_run_until_a_moment_that_has_just_passed_ends_at_once() -> None:
    wall = Wall()
    env = wall.clock().env
    wall.sleep(3)
    env.run(until=2)
    assert wall.seconds == 3


def test_the_clock_shows_the_time_on_the_wall() -> None:
    wall = Wall()
    wall.sleep(100)
    clock = wall.clock()
    wall.sleep(7)
    assert clock.time() == pytest.approx(NOON + 107)
    assert clock.now() == datetime.fromtimestamp(NOON + 107, UTC)
    assert clock.due(timedelta(seconds=3)) == pytest.approx(10)
    assert clock.due(timedelta(0)) == pytest.approx(7)


def test_the_clock_moves_neither_ahead_nor_back() -> None:
    clock = Wall().clock()
    with pytest.raises(LabError, match=r"lab\.run\(until=timedelta\(seconds=\.\.\.\)\) waits"):
        clock.advance(timedelta(hours=25))
    for past in (timedelta(seconds=-1), datetime(2013, 3, 8, 11, tzinfo=UTC)):
        with pytest.raises(LabError, match="cannot go back"):
            clock.due(past)


def test_the_process_keeps_its_own_time() -> None:
    # GIVEN a wall clock of 2013
    clock = Wall().clock()
    before = datetime.now(UTC)
    # WHEN a handler's world is entered
    with clock.as_process_time():
        inside = datetime.now(UTC)
    # THEN nothing travels
    assert inside >= before
