"""What happens in the scenarios: flights of the storm day, and what is done to their events."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

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
from cdc_lab.classroom.exercises.exercise_3.story import (
    LATEST_SCHEMA,
    at_moments,
    corrected_life,
    lives,
    many_announcements,
)
from cdc_lab.classroom.exercises.steps import Delivery

_PADDING = 150_000  # bytes: eight such events are more than the 1 MB of a page
_LARGE = 8
_MANY = 12  # events: versions with two digits
_MOST = 100  # events of one append
# Moments in UTC: around midnight there, and around midnight and the change of the clocks in New York.
_AUTUMN = ("2013-11-02 23:50", "2013-11-03 03:50", "2013-11-03 04:10", "2013-11-03 05:40", "2013-11-03 06:10")
_SPRING = ("2013-03-10 04:50", "2013-03-10 05:10", "2013-03-10 06:40", "2013-03-10 07:10")


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


def corrected(rng: random.Random) -> Sequence[Any]:
    """A flight's departure is corrected: the later version is of an earlier moment."""
    name, life = corrected_life(rng)
    return [Stored(name, told) for told in life]


def many_events(rng: random.Random) -> Sequence[Any]:
    """A flight with more than nine events, and one with events of more than a page."""
    name, life = many_announcements(rng, _MANY)
    return [*(Stored(name, told) for told in life), *_of_a_page(rng, 1, without=name)]


def many_pages(rng: random.Random) -> Sequence[Any]:
    """The same, and another flight whose events fill a page: some flight is on no first page."""
    name, life = many_announcements(rng, _MANY)
    return [*(Stored(name, told) for told in life), *_of_a_page(rng, 2, without=name)]


def change_of_clocks(rng: random.Random) -> Sequence[Any]:
    """Flights in the nights in which New York changes its clocks."""
    found = lives(rng, 2, at_least=len(_AUTUMN))
    return [
        Stored(name, told)
        for (name, life), texts in zip(found.items(), (_AUTUMN, _SPRING), strict=True)
        for told in at_moments(life, [_moment(text, rng) for text in texts])
    ]


def _moment(text: str, rng: random.Random) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) + timedelta(minutes=rng.randint(-4, 4))


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


def tried_again(rng: random.Random) -> Sequence[Any]:
    """A writer appends one event, then two, and tries again what failed."""
    name, life = next(iter(lives(rng, 1, at_least=4).items()))
    return [Append(name, (life[0],), again=True), Append(name, tuple(life[1:3]), again=True)]


def hundred(rng: random.Random) -> Sequence[Any]:
    """One append of as many events as may come at once."""
    name, life = many_announcements(rng, _MOST + 1)
    return [Append(name, (life[0],)), Append(name, tuple(life[1:]))]


def half_known(rng: random.Random) -> Sequence[Any]:
    """A writer with several events is behind by one: his later versions are free, the first is not."""
    name, life = next(iter(lives(rng, 1, at_least=4).items()))
    return [Append(name, (life[0],)), Append(name, tuple(life[1:4]), behind=1)]


def large(rng: random.Random) -> Sequence[Any]:
    """Two flights; the events of each fill more than a page."""
    return _of_a_page(rng, 2)


def _of_a_page(rng: random.Random, count: int, without: str = "") -> list[Any]:
    found: list[Any] = []
    chosen = [flight for flight in lives(rng, count + 1, at_least=4).items() if flight[0] != without]
    for name, life in chosen[:count]:
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


def goes_on_after_expiry(rng: random.Random) -> Sequence[Any]:
    """A flight's first events go while it goes on."""
    name, life = next(iter(lives(rng, 1, at_least=4).items()))
    return [
        *(Stored(name, told, old=True) for told in life[:2]),
        Delivery(),
        Archive(),
        *(Stored(name, told) for told in life[2:]),
    ]


def poison(rng: random.Random) -> Sequence[Any]:
    """Five flights are put on the board; the record of the last cannot be read."""
    found = lives(rng, 5)
    return [Stored(name, life[0], is_unreadable=name == [*found][-1]) for name, life in found.items()]


def two_poisoned(rng: random.Random) -> Sequence[Any]:
    """Five flights are put on the board; the records of the second and the fourth cannot be read."""
    found = list(lives(rng, 5).items())
    return [Stored(name, life[0], is_unreadable=place in (1, 3)) for place, (name, life) in enumerate(found)]


def spoilt(rng: random.Random) -> Sequence[Any]:
    """The board followed the stream, then a bug spoilt its rows."""
    events = day(rng, 2, at_least=3)
    one, other = dict.fromkeys(event.flight_id for event in events)
    return [*events, Delivery(), Spoil(one), Spoil(other, has_version=False)]


def over_and_removed(rng: random.Random) -> Sequence[Any]:
    """The events of a flight that is over are gone, and its row is there."""
    over, going = lives(rng, 2, at_least=3).items()
    return [
        *(Stored(over[0], told, old=True) for told in over[1]),
        *(Stored(going[0], told) for told in going[1]),
        Delivery(),
        Archive(),
    ]


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


def rebuilt_from_archive(rng: random.Random) -> Sequence[Any]:
    """The board is rebuilt when a snapshot alone holds a flight's first events."""
    *events, archive = archived(rng)
    return [*events, Delivery(), archive, Spoil(events[0].flight_id)]


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
