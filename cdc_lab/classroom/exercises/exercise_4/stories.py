"""What happens in the scenarios: real flights of the storm day, in two systems of their own."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from cdc_lab.classroom.datasets import load_day
from cdc_lab.classroom.exercises.exercise_2.steps import Busy, Late
from cdc_lab.classroom.exercises.exercise_4.steps import NewView
from cdc_lab.classroom.exercises.exercise_4.tables import BOARD
from cdc_lab.classroom.exercises.redriving import LongNumbers
from cdc_lab.classroom.exercises.steps import Delivery, Step
from cdc_lab.classroom.exercises.writes import EXPIRY, Write
from cdc_lab.classroom.flights import Flight
from cdc_lab.clock import START

STORM_DAY = "2013-03-08"
_LATE_FROM = 15  # minutes, from which on a delay is announced
_HOUR_FLIGHTS = 9
_RUSH_FLIGHTS = 8

Story = Callable[[random.Random], Sequence[Step]]


@cache
def flights() -> tuple[Flight, ...]:
    """Every flight of the storm day."""
    return load_day(STORM_DAY).records


def _some(rng: random.Random, count: int, fits: Callable[[Flight], bool]) -> list[Flight]:
    return rng.sample([flight for flight in flights() if fits(flight)], count)


def _on_time(flight: Flight) -> bool:
    return flight.status == "arrived" and flight.dep_delay is not None and 0 < flight.dep_delay < _LATE_FROM


def _late(flight: Flight) -> bool:
    return flight.status == "arrived" and flight.dep_delay is not None and flight.dep_delay > 2 * _LATE_FROM


def _cancelled(flight: Flight) -> bool:
    return flight.status == "cancelled"


# ---- one flight, in both systems ---------------------------------------------------------------


def departure(flight: Flight, **more: Any) -> list[Write]:
    """What the system for departures writes of a flight; each write raises the version."""
    life: list[dict[str, Any]] = [
        {
            "carrier": flight.carrier,
            "origin": flight.origin,
            "dest": flight.dest,
            "status": "scheduled",
            **more,
        }
    ]
    if flight.dep_delay is None:
        life.append({"status": "cancelled"})
    else:
        if flight.dep_delay >= _LATE_FROM:
            life.append({"status": "delayed", "dep_delay": _LATE_FROM})
        life.append({"status": "departed", "dep_delay": flight.dep_delay})
    return [
        Write(
            "update" if version > 1 else "put",
            flight.flight_id,
            {**values, "version": version},
            table="departures",
        )
        for version, values in enumerate(life, start=1)
    ]


def arrival(flight: Flight) -> list[Write]:
    """What the system for arrivals writes of it."""
    if flight.dep_delay is None:
        return []
    ended: dict[str, Any] = {"status": "diverted"}
    if flight.arr_delay is not None:
        ended = {"status": "arrived", "arr_delay": flight.arr_delay}
    values = {"carrier": flight.carrier, "origin": flight.origin, "dest": flight.dest, **ended, "version": 1}
    return [Write("put", flight.flight_id, values, table="arrivals")]


def _next(flight: Flight, version: int, **values: Any) -> Write:
    return Write("update", flight.flight_id, {**values, "version": version}, table="departures")


# ---- the board -----------------------------------------------------------------------------------


def plain(rng: random.Random) -> Sequence[Step]:
    """Two flights go and come, one is cancelled."""
    one, two = _some(rng, 2, _on_time)
    (three,) = _some(rng, 1, _cancelled)
    departures = [*departure(one), *departure(two), *departure(three)]
    return [*departures, Delivery(), *arrival(one), *arrival(two)]


def arrivals_first(rng: random.Random) -> Sequence[Step]:
    """A flight's arrival is delivered before the board has heard of its departure."""
    one, two = _some(rng, 2, _on_time)
    return [
        *arrival(two),
        Delivery(),
        *departure(one),
        Delivery(),
        *arrival(one),
        Delivery(),
        *departure(two),
    ]


def corrections(rng: random.Random) -> Sequence[Step]:
    """A delay is announced and then corrected; a cancelled and a departed flight are written to again."""
    (late,) = _some(rng, 1, _late)
    (gone,) = _some(rng, 1, _cancelled)
    assert late.dep_delay is not None
    gate = f"B{rng.randint(1, 40)}"
    return [
        *departure(late),
        *departure(gone),
        _next(gone, 3, gate=gate),
        _next(late, 4, gate=gate),
        _next(late, 5, status="departed", dep_delay=late.dep_delay + rng.randint(1, 9)),
    ]


def announced(rng: random.Random) -> Sequence[Step]:
    """Of three flights whose delay was announced one departs, one is cancelled, and one has not left yet."""
    departs, waits, gone = _some(rng, 3, _late)
    return [
        *departure(departs),
        *departure(waits)[:2],
        *departure(gone)[:2],
        _next(gone, 3, status="cancelled"),
    ]


def new_view(rng: random.Random) -> Sequence[Step]:
    """The view type of the departures' stream is changed while two flights wait."""
    one, two, three = _some(rng, 3, _on_time)
    (scheduled, departed), (waiting, _) = departure(one), departure(two)
    return [scheduled, waiting, Delivery(), NewView(), departed, departure(three)[0]]


def removals(rng: random.Random) -> Sequence[Step]:
    """People delete flights that were entered by mistake; time to live removes others.

    Some of the first would have expired, too, and one of the others has not left yet.
    """
    mistaken, cleared, waiting, gone, live = _some(rng, 5, _on_time)
    expires_at = int((START + timedelta(hours=rng.randint(2, 5))).timestamp())
    return [
        *departure(mistaken),
        *departure(cleared, **{EXPIRY: expires_at}),
        *departure(waiting, **{EXPIRY: expires_at})[:1],
        *departure(gone, **{EXPIRY: expires_at}),
        *departure(live, **{EXPIRY: expires_at})[:1],
        *(Write("delete", one.flight_id, table="departures") for one in (mistaken, cleared, waiting)),
        *(Write("expire", one.flight_id, table="departures") for one in (gone, live)),
    ]


def lives(rng: random.Random) -> Sequence[Step]:
    """A late flight and one that is cancelled."""
    (late,) = _some(rng, 1, _late)
    (gone,) = _some(rng, 1, _cancelled)
    return [*departure(late), *departure(gone), Delivery(), *arrival(late)]


def two_changes(rng: random.Random) -> Sequence[Step]:
    """One flight goes and comes: for scenarios that run many times."""
    (one,) = _some(rng, 1, _on_time)
    return [*departure(one), Delivery(), *arrival(one)]


def unreadable(rng: random.Random) -> Sequence[Step]:
    """Five flights are put on the board; nobody can read the last one's record."""
    firsts = [departure(flight)[0] for flight in _some(rng, 5, _on_time)]
    return [
        Write("put", first.flight_id, first.values, table="departures", poison=first is firsts[-1])
        for first in firsts
    ]


def two_unreadable(rng: random.Random) -> Sequence[Step]:
    """Five flights are put on the board; nobody can read the records of the second and the fourth."""
    firsts = [departure(flight)[0] for flight in _some(rng, 5, _on_time)]
    return [
        Write("put", first.flight_id, first.values, table="departures", poison=place in (1, 3))
        for place, first in enumerate(firsts)
    ]


def one_airport(rng: random.Random) -> Sequence[Step]:
    """Flights of one airport, all of them news for the same row of the board."""
    airport = rng.choice(["EWR", "JFK", "LGA"])
    chosen = _some(rng, _RUSH_FLIGHTS, lambda flight: flight.origin == airport and _on_time(flight))
    return [write for flight in chosen for write in [*departure(flight)[:1], *arrival(flight)]]


# ---- the index -----------------------------------------------------------------------------------


def indexed(rng: random.Random) -> Sequence[Step]:
    """Flights come, change, expire, are deleted, and one comes back."""
    (late, other), (gone,) = _some(rng, 2, _late), _some(rng, 1, _cancelled)
    expires_at = int((START + timedelta(hours=3)).timestamp())
    back = departure(gone)[0]
    return [
        *departure(late),
        *departure(gone),
        *departure(other, **{EXPIRY: expires_at}),
        Write("delete", gone.flight_id, table="departures"),
        Write("expire", other.flight_id, table="departures"),
        Delivery(),
        Write("put", back.flight_id, {**back.values, "version": 7}, table="departures"),
    ]


def busy(rng: random.Random) -> Sequence[Step]:
    """The engine refuses a document that comes alone, and then some of a batch."""
    alone, *chosen = _some(rng, 4, _late)
    steps = [step for flight in chosen for step in departure(flight)[:2]]
    return [Busy(items=1, skip=0), *departure(alone)[:1], Delivery(), Busy(items=2), *steps]


def put_and_deleted(rng: random.Random) -> Sequence[Step]:
    """A flight is cancelled, and then deleted."""
    (gone,) = _some(rng, 1, _cancelled)
    return [*departure(gone), Write("delete", gone.flight_id, table="departures")]


def one_stays(rng: random.Random) -> Sequence[Step]:
    """Of two flights one is deleted."""
    (late,) = _some(rng, 1, _late)
    return [*departure(late)[:2], *put_and_deleted(rng)]


def late_record(rng: random.Random) -> Sequence[Step]:
    """An old record comes again, alone, when the index has newer."""
    (late,) = _some(rng, 1, _late)
    return [*departure(late), Delivery(), Late(late.flight_id, "INSERT", "departures", "index")]


def late_after_delete(rng: random.Random) -> Sequence[Step]:
    """The same, of a flight that is gone."""
    (gone,) = _some(rng, 1, _cancelled)
    return [
        *departure(gone),
        Write("delete", gone.flight_id, table="departures"),
        Delivery(),
        Late(gone.flight_id, "MODIFY", "departures", "index"),
    ]


# ---- the log of the board ------------------------------------------------------------------------


def board_changes(rng: random.Random) -> Sequence[Step]:
    """The board changes, as some function of somebody's may have changed it."""
    steps: list[Step] = []
    airports = rng.sample(["EWR", "JFK", "LGA"], 2)
    for count in range(1, 5):
        for airport in airports:
            row = {"flights": count, "departed": count - 1, "dep_delay": (count - 1) * rng.randint(5, 60)}
            steps.append(Write("put", airport, row, after=0.0, table=BOARD, key="origin"))
    return steps


def board_grows(rng: random.Random) -> Sequence[Step]:
    """One airport's row changes so often that sequence numbers get longer."""
    delay, steps = 0, []
    for count in range(1, 41):
        delay += rng.randint(1, 30)
        row = {"flights": count, "dep_delay": delay}
        steps.append(Write("put", "LGA", row, after=1.0, table=BOARD, key="origin"))
    return steps


def board_in_old_stream(rng: random.Random) -> Sequence[Step]:
    """One airport's row changes in an old stream, whose sequence numbers get as long as they can."""
    return [LongNumbers(table=BOARD), *board_changes(rng)]


def unreadable_row(rng: random.Random) -> Sequence[Step]:
    """Three airports come onto the board; nobody can read the last one's record."""
    airports = rng.sample(["EWR", "JFK", "LGA"], 3)
    return [
        Write("put", airport, {"flights": 1}, table=BOARD, key="origin", poison=airport is airports[-1])
        for airport in airports
    ]


def two_unreadable_rows(rng: random.Random) -> Sequence[Step]:
    """Three airports come onto the board; nobody can read the records of the first and the last."""
    airports = rng.sample(["EWR", "JFK", "LGA"], 3)
    return [
        Write("put", airport, {"flights": 1}, table=BOARD, key="origin", poison=airport != airports[1])
        for airport in airports
    ]


# ---- everything ----------------------------------------------------------------------------------


def storm_hour(rng: random.Random) -> Sequence[Step]:
    """Flights of one airport, their changes mixed as the day mixed them; the engine is busy at first."""
    airport = rng.choice(["EWR", "JFK", "LGA"])
    chosen = _some(rng, _HOUR_FLIGHTS, lambda flight: flight.origin == airport)
    queues = [[*departure(flight), *arrival(flight)] for flight in chosen]
    mixed: list[Step] = [Busy(items=1)]
    while any(queues):
        queue = rng.choice([queue for queue in queues if queue])
        mixed.append(queue.pop(0))
    mistaken = rng.choice([flight for flight in chosen if flight.dep_delay is not None] or chosen)
    return [*mixed, Write("delete", mistaken.flight_id, table="departures")]
