"""The collector rests while labs are opened one after another, and no garbage piles up."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from cdc_lab.testing import garbage
from cdc_lab.testing.garbage import collect_much, rarely_collected


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.enable()
    yield
    (gc.enable if was_enabled else gc.disable)()


class Knot:
    """Garbage that only the collector finds."""

    alive = 0

    def __init__(self) -> None:
        self.itself = self
        Knot.alive += 1

    def __del__(self) -> None:
        Knot.alive -= 1


def test_the_collector_rests_inside_and_works_again_after_an_error() -> None:
    enabled = []

    def fail() -> None:
        with rarely_collected():
            enabled.append(gc.isenabled())
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert [*enabled, gc.isenabled()] == [False, True]


def test_a_collector_that_the_user_has_switched_off_stays_off() -> None:
    gc.disable()
    with rarely_collected():
        pass
    assert not gc.isenabled()


def test_much_garbage_is_collected_and_little_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "MUCH", 5_000)
    with rarely_collected():
        gc.collect()
        # GIVEN a little garbage: WHEN the next lab is opened THEN it stays
        Knot()
        collect_much()
        assert Knot.alive == 1
        # GIVEN more than that: THEN it goes
        for _ in range(6_000):
            Knot()
        collect_much()
        assert Knot.alive == 0
