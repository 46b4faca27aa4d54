"""What happens to the flights: others for each seed; every write raises its flight's version."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from cdc_lab.classroom.exercises.exercise_2.steps import Busy, Late, LostIndex, Rebuild
from cdc_lab.classroom.exercises.steps import Delivery, Step
from cdc_lab.classroom.exercises.writes import CARRIERS, EXPIRY, Write, flight_ids
from cdc_lab.clock import START

Story = Callable[[random.Random], Sequence[Step]]
VERSION = "version"
MANY = 110

DESTINATIONS = ("BOS", "ORD", "SFO", "MIA")
REASONS = ("snow", "de-icing", "crew", "fog", "late aircraft", "runway closed")


def flights(rng: random.Random, count: int) -> list[str]:
    """So many different flights."""
    return flight_ids(rng, count, CARRIERS)


def scheduled(rng: random.Random) -> dict[str, Any]:
    """What a flight begins with."""
    gate = f"{rng.choice('ABC')}{rng.randint(1, 40)}"
    return {"status": "scheduled", "gate": gate, "dest": rng.choice(DESTINATIONS)}


def life(rng: random.Random, flight: str) -> list[Write]:
    """A flight from its schedule to its arrival."""
    delay, reason = rng.randint(16, 200), rng.choice(REASONS)
    return [
        Write("put", flight, scheduled(rng)),
        Write("update", flight, {"status": "delayed", "dep_delay": delay, "note": f"{reason} at EWR"}),
        Write("update", flight, {"dep_delay": delay + rng.randint(1, 60)}),
        Write("update", flight, {"status": "arrived"}, removed=("gate", "note")),
    ]


def versioned(story: Story) -> Story:
    """Give each put and update of a story the flight's next version, counted from anywhere.

    A number is left out for each removal: so a flight that comes back is newer than its removal, whether
    that is indexed with the version that was removed or with the next one.
    """

    def numbered(rng: random.Random) -> Sequence[Step]:
        number = _Numbering(rng.randint(1, 900))
        return [number(step) for step in story(rng)]

    return numbered


class _Numbering:
    def __init__(self, start: int) -> None:
        self._start = start
        self._last: dict[str, int] = {}
        self._is_open = False

    def __call__(self, step: Any) -> Any:
        if isinstance(step, Rebuild):
            return replace(step, during=tuple(self(write) for write in step.during))
        if not isinstance(step, Write):
            self._is_open = self._is_open or isinstance(step, Delivery)
            return step
        flight = step.flight_id
        version = self._last[flight] = self._last.get(flight, self._start) + 1
        if self._is_open:
            # The mapping delivers while time passes; the check looks when it delivers itself.
            step = replace(step, after=0.0)
        if step.kind in ("delete", "expire"):
            return step
        return replace(step, values={**step.values, VERSION: version})


@versioned
def plain_day(rng: random.Random) -> Sequence[Step]:
    """Two flights, nothing goes wrong."""
    first, second = flights(rng, 2)
    return [*life(rng, first), *life(rng, second)]


@versioned
def removals(rng: random.Random) -> Sequence[Step]:
    """A user deletes a flight, time to live removes another."""
    deleted, expiring, back = flights(rng, 3)
    expires_at = int((START + timedelta(hours=rng.randint(1, 3))).timestamp())
    return [
        Write("put", deleted, scheduled(rng)),
        Write("put", expiring, {**scheduled(rng), EXPIRY: expires_at}),
        Write("put", back, scheduled(rng)),
        Write("delete", deleted),
        Write("delete", back),
        Write("expire", expiring),
        Write("put", back, scheduled(rng)),
    ]


@versioned
def a_life_and_its_end(rng: random.Random) -> Sequence[Step]:
    """Two flights; one of them is deleted."""
    first, second = flights(rng, 2)
    return [*life(rng, first), Write("delete", first), *life(rng, second)[:3]]


@versioned
def values(rng: random.Random) -> Sequence[Step]:
    """Every type that DynamoDB has, and values that are false in Python."""
    first, second = flights(rng, 2)
    filled = {
        "fare": Decimal(rng.randint(10_000, 99_999)) / 100 + Decimal("0.5"),
        "seats": rng.randint(100, 200),
        "crew": {f"{name}{rng.randint(1, 99)}" for name in ("ann", "bob", "eve")},
        "rows": {Decimal("1.5"), Decimal("2.5")},
        "tag": bytes(rng.randrange(256) for _ in range(4)),
        "legs": [{"from": "EWR", "miles": Decimal("199.5")}],
        # Moments as text: in other zones, before midnight, when daylight saving begins.
        "boarding": "2013-03-09T23:59:30-05:00",
        "landing": "2013-03-10T03:00:00-04:00",
        "on_time": True,
        "note": "gate change",
    }
    emptied = {"note": "", "dep_delay": 0, "on_time": False, "gate": None, "legs": []}
    return [
        Write("put", first, {"status": "scheduled", **filled}),
        Write("put", second, {"status": "scheduled", **emptied}),
    ]


def one_second(rng: random.Random) -> Sequence[Step]:
    """Several changes of one flight within one second."""
    steps = versioned(lambda rng: life(rng, flights(rng, 1)[0]))(rng)
    return [replace(step, after=0.0) for step in steps if isinstance(step, Write)]


@versioned
def interleaved(rng: random.Random) -> Sequence[Step]:
    """Three flights, their changes mixed."""
    lives = [life(rng, flight) for flight in flights(rng, 3)]
    mixed: list[Write] = []
    while any(lives):
        mixed.append(rng.choice([life for life in lives if life]).pop(0))
    return mixed


@versioned
def three_changes(rng: random.Random) -> Sequence[Step]:
    """One flight, few changes: for scenarios that run many times."""
    return life(rng, flights(rng, 1)[0])[:3]


@versioned
def late_record(rng: random.Random) -> Sequence[Step]:
    """An old record is redriven after newer ones."""
    flight = flights(rng, 1)[0]
    return [*life(rng, flight)[:3], Delivery(), Late(flight, rng.choice(("INSERT", "MODIFY")))]


@versioned
def late_after_delete(rng: random.Random) -> Sequence[Step]:
    """An old record of a flight that is gone is redriven."""
    flight = flights(rng, 1)[0]
    return [*life(rng, flight)[:2], Write("delete", flight), Delivery(), Late(flight, "MODIFY")]


@versioned
def late_delete(rng: random.Random) -> Sequence[Step]:
    """The removal of a flight that has come back is redriven."""
    flight = flights(rng, 1)[0]
    return [
        Write("put", flight, scheduled(rng)),
        Write("delete", flight),
        Write("put", flight, scheduled(rng)),
        Delivery(),
        Late(flight, "REMOVE"),
    ]


@versioned
def nothing_to_remove(rng: random.Random) -> Sequence[Step]:
    """A flight is deleted that the index does not have."""
    first, second = flights(rng, 2)
    return [
        Write("put", first, scheduled(rng)),
        Delivery(),
        LostIndex(),
        Write("delete", first),
        Write("put", second, scheduled(rng)),
    ]


@versioned
def many(rng: random.Random) -> Sequence[Step]:
    """A bulk load."""
    return [Write("put", flight, scheduled(rng), after=0.0) for flight in flights(rng, MANY)]


@versioned
def busy(rng: random.Random) -> Sequence[Step]:
    """A document that comes alone is refused, and then some of a batch; a moment later all are taken."""
    alone, *others = flights(rng, 6)
    puts = [Write("put", flight, scheduled(rng)) for flight in others]
    return [Write("put", alone, scheduled(rng)), Busy(items=1, skip=0), Delivery(), *puts, Busy(items=2)]


@versioned
def one_stays(rng: random.Random) -> Sequence[Step]:
    """Of two flights one is deleted: for scenarios that run many times."""
    stays, goes = flights(rng, 2)
    return [*life(rng, stays)[:2], Write("put", goes, scheduled(rng)), Write("delete", goes)]


@versioned
def busy_for_all(rng: random.Random) -> Sequence[Step]:
    """A whole call is refused."""
    return [*life(rng, flights(rng, 1)[0])[:2], Busy(calls=1)]


@versioned
def unfit_at_the_end(rng: random.Random) -> Sequence[Step]:
    """The last flight has a delay that is no number: the index does not take it."""
    *good, bad = flights(rng, 4)
    return [
        *(Write("put", flight, scheduled(rng)) for flight in good),
        Write("put", bad, {**scheduled(rng), "dep_delay": rng.choice(("unknown", "n/a", "tbd"))}),
    ]


@versioned
def unreadable_in_the_middle(rng: random.Random) -> Sequence[Step]:
    """Six flights; the record of one cannot be read."""
    bad = rng.randint(2, 4)
    return [
        Write("put", flight, scheduled(rng), poison=place == bad)
        for place, flight in enumerate(flights(rng, 6))
    ]


@versioned
def unreadable_at_the_end(rng: random.Random) -> Sequence[Step]:
    """Five flights; the last record of the batch cannot be read."""
    numbers = flights(rng, 5)
    return [Write("put", flight, scheduled(rng), poison=flight == numbers[-1]) for flight in numbers]
