"""The scenarios of event sourcing: part by part, the simplest first, each for one way of being wrong."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.exercise import Scenario
from cdc_lab.classroom.exercises.exercise_3 import asking
from cdc_lab.classroom.exercises.exercise_3.steps import (
    Append,
    Archive,
    Race,
    Rebuild,
    Snapshot,
    Spoil,
    Stored,
    Together,
)
from cdc_lab.classroom.exercises.exercise_3.story import LATEST_SCHEMA, lives
from cdc_lab.classroom.exercises.steps import Ask, Delivery

_PADDING = 150_000  # bytes: eight such events are more than the 1 MB of a page
_LARGE = 8


def day(rng: random.Random, count: int = 3, at_least: int = 3) -> list[Any]:
    """Some flights, their events mixed as they came in."""
    stored = [Stored(name, told) for name, life in lives(rng, count, at_least).items() for told in life]
    return sorted(stored, key=lambda event: event.happening.at)


def one_after_the_other(rng: random.Random) -> Sequence[Any]:
    """Three flights, the events of one after those of the other."""
    return [Stored(name, told) for name, life in lives(rng, 3, at_least=4).items() for told in life]


def old_schemas(rng: random.Random) -> Sequence[Any]:
    """Each flight's first events are of schema 1, the next of 2, the last of 3."""
    found: list[Any] = []
    for number, (name, life) in enumerate(lives(rng, 3, at_least=4).items()):
        for place, told in enumerate(life):
            schema = min(LATEST_SCHEMA, 1 + (place + number) // 2)
            found.append(Stored(name, told, schema))
    return found


def one_writer(rng: random.Random) -> Sequence[Any]:
    """A writer appends one event, then several, to two flights."""
    found: list[Any] = []
    for name, life in lives(rng, 2, at_least=4).items():
        found += [Append(name, (life[0],)), Append(name, tuple(life[1:3])), Append(name, tuple(life[3:]))]
    return found


def stale_writer(rng: random.Random) -> Sequence[Any]:
    """One writer does not know of the other's event."""
    name, life = next(iter(lives(rng, 1, at_least=4).items()))
    return [Append(name, (life[0],)), Append(name, (life[1],)), Append(name, (life[2],), behind=1)]


def race(rng: random.Random) -> Sequence[Any]:
    """Two writers at the same time."""
    name, life = next(iter(lives(rng, 1, at_least=4).items()))
    return [Append(name, (life[0],)), Race(name, (life[1],), (life[2],))]


def several_at_once(rng: random.Random) -> Sequence[Any]:
    """One append of several events."""
    name, life = next(iter(lives(rng, 1, at_least=4).items()))
    return [Append(name, tuple(life[:3]))]


def half_known(rng: random.Random) -> Sequence[Any]:
    """A writer with several events is behind by one: his later versions are free, the first is not."""
    name, life = next(iter(lives(rng, 1, at_least=4).items()))
    return [Append(name, (life[0],)), Append(name, tuple(life[1:4]), behind=1)]


def large(rng: random.Random) -> Sequence[Any]:
    """Two flights; the events of each fill more than a page."""
    found: list[Any] = []
    for name, life in lives(rng, 2, at_least=4).items():
        many = [life[0], *[life[1]] * (_LARGE - len(life)), *life[1:]]
        found += [Stored(name, told, padding=_PADDING) for told in many]
    return found


def one_flight(rng: random.Random) -> Sequence[Any]:
    """One flight, few events: for scenarios that run many times."""
    return day(rng, 1, at_least=4)[:4]


def two_at_once(rng: random.Random) -> Sequence[Any]:
    """Two events of one flight, in two instances."""
    first, second = one_flight(rng)[:2]
    return [first, Together(first.flight_id, late=second)]


def many_lanes(rng: random.Random) -> Sequence[Any]:
    """Flights with many events each: neighbours go through different lanes."""
    return day(rng, 4, at_least=5)


def expiry(rng: random.Random) -> Sequence[Any]:
    """One flight is over, its events go; another goes on."""
    over, going = lives(rng, 2, at_least=3).items()
    return [
        *(Stored(over[0], told, old=True) for told in over[1]),
        Stored(going[0], going[1][0]),
        Delivery(),
        Archive(),
        *(Stored(going[0], told) for told in going[1][1:]),
    ]


def poison(rng: random.Random) -> Sequence[Any]:
    """Five flights are put on the board; the record of the last cannot be read."""
    found = lives(rng, 5)
    return [Stored(name, life[0], is_unreadable=name == [*found][-1]) for name, life in found.items()]


def spoilt(rng: random.Random) -> Sequence[Any]:
    """The board followed the stream, then a bug spoilt a row."""
    events = day(rng, 2, at_least=3)
    return [*events, Delivery(), Spoil(events[0].flight_id)]


def beside_the_stream(rng: random.Random) -> Sequence[Any]:
    """Events come in while the board is rebuilt."""
    events = day(rng, 2, at_least=3)
    last = {event.flight_id: event for event in events}
    return [*(e for e in events if e not in last.values()), Delivery(), Rebuild(tuple(last.values()))]


def with_snapshots(rng: random.Random) -> Sequence[Any]:
    """Snapshots in the middle of histories."""
    found: list[Any] = []
    for name, life in lives(rng, 2, at_least=4).items():
        found += [*(Stored(name, told) for told in life[:2]), Snapshot(name)]
        found += [*(Stored(name, told) for told in life[2:])]
    return found


def archived(rng: random.Random) -> Sequence[Any]:
    """What a snapshot holds is removed."""
    name, life = next(iter(lives(rng, 1, at_least=4).items()))
    return [
        *(Stored(name, told, old=True) for told in life[:2]),
        Snapshot(name),
        *(Stored(name, told) for told in life[2:]),
        Archive(),
    ]


def archived_twice(rng: random.Random) -> Sequence[Any]:
    """A second snapshot is made of the first and what came since."""
    name, life = next(iter(lives(rng, 1, at_least=5).items()))
    return [
        *(Stored(name, told, old=True) for told in life[:2]),
        Snapshot(name),
        Archive(),
        *(Stored(name, told, old=True) for told in life[2:4]),
        Snapshot(name),
        Archive(),
        *(Stored(name, told) for told in life[4:]),
    ]


def two_snapshots(rng: random.Random) -> Sequence[Any]:
    """A slow instance takes a snapshot, a quick one a newer one, and the old events go."""
    name, life = next(iter(lives(rng, 1, at_least=4).items()))
    return [
        *(Stored(name, told, old=True) for told in life[:2]),
        Snapshot(name, late=Stored(name, life[2], old=True)),
        Archive(),
    ]


def _scenario(
    name: str,
    parts: str,
    says: str,
    steps: Callable[[random.Random], Sequence[Any]],
    ask: Ask | None = None,
    each_crash: bool = False,
    delivers: bool = True,
    **conditions: Any,
) -> Scenario:
    return Scenario(
        name,
        says,
        steps,
        Conditions(**conditions),
        each_crash,
        parts=tuple(parts.split()),
        delivers=delivers,
        ask=ask,
    )


SCENARIOS = (
    _scenario("fold", "fold", "the events of three flights, each folded", day, asking.fold_each),
    _scenario("fold, old schemas", "fold", "events of three schemas", old_schemas, asking.fold_each),
    _scenario("append", "append", "one writer, one event and several", one_writer, asking.written),
    _scenario("append, late", "append", "a writer knows an old version", stale_writer, asking.written),
    _scenario("append, race", "append", "two writers at the same time", race, asking.written),
    _scenario(
        "append, half known", "append", "a late writer with several events", half_known, asking.written
    ),
    _scenario(
        "append, crash",
        "append",
        "the environment dies after an AWS call, and append is called again",
        several_at_once,
        asking.written,
        each_crash=True,
    ),
    _scenario("load", "load", "three flights, and one that nobody knows", day, asking.load_each),
    _scenario("load, large", "load", "a history of more than 1 MB", large, asking.load_each),
    _scenario("project", "project", "three flights, nothing goes wrong", one_after_the_other, batch_size=3),
    _scenario("project, old schemas", "project", "events of three schemas", old_schemas),
    _scenario("project, duplicates", "project", "each batch is delivered twice", one_flight, duplicates=True),
    _scenario(
        "project, again",
        "project",
        "all is delivered again an hour later, cut into other batches, each to a fresh environment",
        one_flight,
        cold=True,
        batch_size=2,
        again_in_batches_of=3,
    ),
    _scenario(
        "project, lanes",
        "project",
        "four lanes: Lambda keeps the order of each item, and each event is an item",
        many_lanes,
        lanes=4,
        batch_size=4,
    ),
    _scenario(
        "project, at once",
        "project",
        "two instances work on two events of a flight at the same time",
        two_at_once,
        delivers=False,
    ),
    _scenario(
        "project, crash",
        "project",
        "the environment dies after an AWS call, and Lambda delivers again",
        lambda rng: one_flight(rng)[:2],
        each_crash=True,
    ),
    _scenario("project, expiry", "project", "time to live removes events of a flight that is over", expiry),
    _scenario(
        "project, unreadable",
        "project",
        "nobody can read the batch's last record",
        poison,
    ),
    _scenario(
        "rebuild", "rebuild", "the board is empty, and the events more than 1 MB", large, asking.rebuild
    ),
    _scenario(
        "rebuild, spoilt row",
        "project rebuild",
        "a bug has spoilt a row of the board",
        spoilt,
        asking.rebuild,
    ),
    _scenario(
        "rebuild, beside the stream",
        "project rebuild",
        "events come in while the board is rebuilt, and project follows them",
        beside_the_stream,
    ),
    _scenario(
        "board_at",
        "board_at",
        "the board at the moment of each event, and a second before",
        day,
        asking.boards,
    ),
    _scenario("board_at, old schemas", "board_at", "events of three schemas", old_schemas, asking.boards),
    _scenario(
        "snapshot, history", "snapshot", "taking a snapshot changes no event", with_snapshots, asking.written
    ),
    _scenario(
        "snapshot", "snapshot load", "a snapshot in the middle of a history", with_snapshots, asking.load_each
    ),
    _scenario(
        "snapshot, archive",
        "snapshot load",
        "the events that it holds are removed",
        archived,
        asking.load_each,
    ),
    _scenario(
        "snapshot, archive twice",
        "snapshot load",
        "a second snapshot, when the first events are gone",
        archived_twice,
        asking.load_each,
    ),
    _scenario(
        "snapshot, race",
        "snapshot load",
        "a slow snapshot ends after a newer one",
        two_snapshots,
        asking.load_each,
    ),
    _scenario(
        "snapshot, past", "snapshot board_at", "there are snapshots from later", with_snapshots, asking.boards
    ),
)
