"""The lab's clock, and the process's while it follows."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta

import pytest

from cdc_lab.clock import Clock
from cdc_lab.errors import LabError

START = datetime(2013, 3, 8, 10, tzinfo=UTC)


def test_the_process_shows_lab_time_inside_and_its_own_outside() -> None:
    clock = Clock(START)
    with clock.as_process_time():
        assert datetime.now(UTC) == START
        assert time.time() == START.timestamp()
    assert datetime.now(UTC) > START + timedelta(days=365)


@pytest.mark.parametrize("seconds", [0.0, 0.25, 0.1, 0.001, 0.000001, 86399.999999, 3.3])
def test_not_a_microsecond_is_lost_on_the_way(seconds: float) -> None:
    clock = Clock(START)
    if seconds:
        clock.advance(timedelta(seconds=seconds))
    with clock.as_process_time():
        assert datetime.now(UTC) == START + timedelta(seconds=seconds)
        assert datetime.now(UTC) == clock.now()


def test_many_small_steps_add_up(rng: random.Random) -> None:
    clock = Clock(START)
    steps = [timedelta(milliseconds=rng.randrange(1, 10_000)) for _ in range(2000)]
    for step in steps:
        clock.advance(step)
    assert clock.now() == START + sum(steps, timedelta())


def test_an_inner_use_shows_the_present_lab_time() -> None:
    clock = Clock(START)
    with clock.as_process_time():
        clock.env.run(until=5)
        with clock.as_process_time():
            assert datetime.now(UTC) == START + timedelta(seconds=5)
        assert datetime.now(UTC) == START


def test_what_is_due_happens_on_the_way() -> None:
    clock = Clock(START)
    seen: list[datetime] = []

    def process() -> object:
        yield clock.env.timeout(60)
        seen.append(clock.now())

    clock.env.process(process())  # type: ignore[arg-type]
    clock.advance(timedelta(seconds=59))
    assert seen == []
    clock.advance(START + timedelta(hours=1))
    assert seen == [START + timedelta(seconds=60)]
    assert clock.now() == START + timedelta(hours=1)


def test_it_never_goes_back() -> None:
    clock = Clock(START)
    for by in (timedelta(microseconds=-1), START - timedelta(days=1)):
        with pytest.raises(LabError, match="cannot go back"):
            clock.advance(by)
    assert clock.now() == START


def test_its_text() -> None:
    assert repr(Clock(START)) == "<Clock 2013-03-08T10:00:00.000+00:00>"
