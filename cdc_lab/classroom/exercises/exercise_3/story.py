"""What happened to flights of the storm day, as events; and what state follows from them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

from cdc_lab.classroom.datasets import load_day
from cdc_lab.classroom.flights import Flight

DAY = "2013-03-08"
LATEST_SCHEMA = 3
State = dict[str, Any]
# When a delay is announced, in minutes after the scheduled departure, and what is known of it then: a rule,
# the data has final delays only.
_ANNOUNCED = {15: 15, 50: 60}
_MANY, _WELL_AFTER = 40, timedelta(minutes=12)


@dataclass(frozen=True)
class Happening:
    """An event as it is handed to `append`: it has no flight and no version yet.

    `at` is when it happened, `recorded` when somebody wrote it down.
    """

    type: str
    at: datetime
    recorded: datetime
    data: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        data = ", ".join(f"{name}={value}" for name, value in self.data.items() if name in _TOLD)
        when = f"{self.at:%H:%M}" if f"{self.at:%Y-%m-%d}" == DAY else f"{self.at:%d %b %H:%M} UTC"
        return f"{self.type} at {when}" + (f", {data}" if data else "")

    def as_event(self, schema: int = LATEST_SCHEMA) -> dict[str, Any]:
        """As it stands in the table, in that schema, but for flight and version."""
        event = {
            "type": self.type,
            "at": as_text(self.at),
            "recorded": as_text(self.recorded),
            "data": dict(self.data),
            "schema": schema,
        }
        if schema < 3 and "dep_delay" in self.data:
            # Schemas 1 and 2 called it delay.
            event["data"] = {
                {"dep_delay": "delay"}.get(name, name): value for name, value in self.data.items()
            }
        if schema == 1:
            # Schema 1 had seconds since 1970, and did not know that it would be the first of several.
            event["at"] = int(self.at.timestamp())
            del event["schema"]
        return event


_TOLD = ("dep_delay", "arr_delay")


def as_text(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def state_of(happenings: Iterable[Happening]) -> State:
    """The state after these, in this order: what the reader's `fold` must return."""
    state: State = {}
    for happening in happenings:
        state |= happening.data
        state["status"] = happening.type
        state["announced"] = state.get("announced", 0) + (happening.type == "delayed")
    return state


# ---- flights of the day ------------------------------------------------------------------------------


def lives(rng: random.Random, count: int, at_least: int = 2) -> dict[str, list[Happening]]:
    """So many flights, by flight id, with what happened to each; each with at least so many events."""
    of_all = _lives_of_the_day()
    long_enough = sorted(name for name, life in of_all.items() if len(life) >= at_least)
    return {name: _told_later(rng, of_all[name]) for name in rng.sample(long_enough, count)}


def corrected_life(rng: random.Random) -> tuple[str, list[Happening]]:
    """A flight of which somebody finds out later that it had left some minutes earlier.

    The correction has a later version than what it corrects, and happened earlier.
    """
    chosen = [(name, life) for name, life in lives(rng, _MANY, at_least=4).items() if _left_well_after(life)]
    name, life = chosen[0]
    place = next(n for n, told in enumerate(life) if told.type == "departed")
    left, earlier = life[place], timedelta(minutes=rng.randint(3, 9))
    minutes = left.data["dep_delay"] - earlier // timedelta(minutes=1)
    later = timedelta(minutes=rng.randint(20, 40))
    correction = Happening("departed", left.at - earlier, left.recorded + later, {"dep_delay": minutes})
    return name, [*life[: place + 1], correction, *life[place + 1 :]]


def _left_well_after(life: Sequence[Happening]) -> bool:
    left = [(told.at - before.at) for before, told in pairwise(life) if told.type == "departed"]
    return bool(left) and left[0] > _WELL_AFTER


def at_moments(life: Sequence[Happening], moments: Sequence[datetime]) -> list[Happening]:
    """The same life, lived at other moments; each event is written down a minute later."""
    return [
        replace(told, at=at, recorded=at + timedelta(minutes=1))
        for told, at in zip(life, moments, strict=False)
    ]


def many_announcements(rng: random.Random, count: int) -> tuple[str, list[Happening]]:
    """A flight whose delay is announced again and again: so many events in all."""
    name, (first, *_) = next(iter(lives(rng, 1).items()))
    start = first.at + timedelta(hours=3)
    told = [
        Happening("delayed", at, at + timedelta(minutes=1), {"dep_delay": minutes})
        for minutes in range(5, 5 * count, 5)
        for at in [start + timedelta(minutes=minutes)]
    ]
    return name, [first, *told]


def sample_events(flight_id: str) -> list[dict[str, Any]]:
    """The events of one flight of the day, as they may lie in the table: each of a later schema.

    Each is written down two minutes after it happened.
    """
    flight = next(flight for flight in _flights() if flight.flight_id == flight_id)
    told = [Happening(kind, at, at + timedelta(minutes=2), data) for kind, at, data in _life(flight)]
    return [
        {"flight_id": flight_id, "version": number, **happening.as_event(min(number, LATEST_SCHEMA))}
        for number, happening in enumerate(told, start=1)
    ]


@cache
def _flights() -> Sequence[Flight]:
    return load_day(DAY).records


@cache
def _lives_of_the_day() -> Mapping[str, Sequence[tuple[str, datetime, dict[str, Any]]]]:
    return {flight.flight_id: tuple(_life(flight)) for flight in _flights()}


def _life(flight: Flight) -> Iterator[tuple[str, datetime, dict[str, Any]]]:
    planned = flight.scheduled_departure
    yield (
        "scheduled",
        planned - timedelta(hours=3),
        {"origin": flight.origin, "dest": flight.dest, "scheduled_departure": as_text(planned)},
    )
    if flight.departed_at is None:
        yield "cancelled", planned, {}
        return
    for minutes, known in _ANNOUNCED.items():
        if (flight.dep_delay or 0) >= max(minutes, known):
            yield "delayed", planned + timedelta(minutes=minutes), {"dep_delay": known}
    yield "departed", flight.departed_at, {"dep_delay": flight.dep_delay}
    if flight.arrived_at is not None and flight.arr_delay is not None:
        yield "arrived", flight.arrived_at, {"arr_delay": flight.arr_delay}


def _told_later(rng: random.Random, life: Iterable[tuple[str, datetime, dict[str, Any]]]) -> list[Happening]:
    return [
        Happening(kind, at, at + timedelta(minutes=rng.choice((1, 2, 25))), data) for kind, at, data in life
    ]
