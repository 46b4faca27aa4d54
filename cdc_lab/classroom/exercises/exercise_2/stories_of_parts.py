"""What happens in the scenarios of ``rebuild``, and what is in the index in those of ``find_delayed``."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle

from cdc_lab.classroom.exercises.exercise_2.steps import (
    Busy,
    Indexed,
    IndexedTogether,
    LostIndex,
    OfAnotherIndex,
    Rebuild,
)
from cdc_lab.classroom.exercises.exercise_2.stories import (
    DESTINATIONS,
    REASONS,
    VERSION,
    flights,
    life,
    scheduled,
    versioned,
)
from cdc_lab.classroom.exercises.steps import Delivery, Step
from cdc_lab.classroom.exercises.writes import Write
from cdc_lab.emulator.dynamodb.order import hash_of

HITS = 130  # more than the ten that a search returns by default, and more than a page of a hundred
SIGNED = ("wind", "hail")
"""Words that people type with signs that are operators in a query language."""
_PAGE = 1_000_000  # bytes of items that a scan returns at most
_LONG = 60_000
_LONGEST = 390_000  # an item has 400 KB at most


@versioned
def rebuilt(rng: random.Random) -> Sequence[Step]:
    """A table whose index is empty."""
    first, second, third = flights(rng, 3)
    return [*life(rng, first), *life(rng, second)[:2], Write("put", third, scheduled(rng)), Rebuild()]


@versioned
def rebuilt_though_refused(rng: random.Random) -> Sequence[Step]:
    """A call of the rebuild is refused; if it raises, it is run again."""
    return [*life(rng, flights(rng, 1)[0])[:2], Rebuild()]


@versioned
def rebuilt_in_pages(rng: random.Random) -> Sequence[Step]:
    """A table that a scan does not return at once."""
    count = 3 * _PAGE // _LONG + 1  # so that each of two segments has more than a page, too
    values = {"status": "delayed", "log": (f"{rng.choice(REASONS)} " * _LONG)[:_LONG]}
    return [*(Write("put", flight, values, after=0.0) for flight in flights(rng, count)), Rebuild()]


def rebuilt_around_unfit_items(rng: random.Random) -> Sequence[Step]:
    """The scan reads first an item without a version and one that never fits; the rest takes two pages."""
    bare, bad, *good = sorted(flights(rng, 6), key=lambda flight: hash_of((("S", flight),)))

    @versioned
    def all_with_versions(rng: random.Random) -> Sequence[Step]:
        return [
            Write("put", bare, scheduled(rng)),
            Write("put", bad, {**scheduled(rng), "dep_delay": rng.choice(("unknown", "n/a", "tbd"))}),
            *(Write("put", flight, {**scheduled(rng), "log": "x" * _LONGEST}) for flight in good),
        ]

    writes = [step for step in all_with_versions(rng) if isinstance(step, Write)]
    unversioned = {name: value for name, value in writes[0].values.items() if name != VERSION}
    return [replace(writes[0], values=unversioned), *writes[1:], Rebuild()]


@versioned
def rebuilt_while_busy(rng: random.Random) -> Sequence[Step]:
    """Half of the documents are refused, then half of the rest: it takes four requests."""
    return [*(Write("put", flight, scheduled(rng)) for flight in flights(rng, 8)), Busy(items=7), Rebuild()]


@versioned
def rebuilt_while_too_busy(rng: random.Random) -> Sequence[Step]:
    """Whole requests of the rebuild are refused."""
    return [*(Write("put", flight, scheduled(rng)) for flight in flights(rng, 3)), Busy(calls=2), Rebuild()]


@versioned
def rebuilt_during_changes(rng: random.Random) -> Sequence[Step]:
    """The stream brings what is newer than what the scan has read."""
    changed, deleted, new, other = flights(rng, 4)

    def now(write: Write) -> Write:
        return replace(write, after=0.0)

    first, second, third, _ = life(rng, changed)
    return [
        first,
        Write("put", deleted, scheduled(rng)),
        Write("put", other, scheduled(rng)),
        Delivery(),
        LostIndex(),
        Rebuild((now(second), now(Write("delete", deleted)), now(Write("put", new, scheduled(rng))))),
        third,
    ]


def _indexed(rng: random.Random, notes: Sequence[str], states: Sequence[str] = ("delayed",)) -> list[Indexed]:
    """Flights with these notes in the index; no two have the same delay."""
    delays = rng.sample(range(16, 400), len(notes))
    numbers = flights(rng, len(notes))
    return [
        Indexed(flight, {"status": status, "dest": dest, "dep_delay": delay, "note": note})
        for flight, delay, note, status, dest in zip(
            numbers, delays, notes, cycle(states), cycle(DESTINATIONS), strict=False
        )
    ]


def found_by_words(rng: random.Random) -> Sequence[Step]:
    """Delayed flights and others, some with the words and some not."""
    one, other = rng.sample(REASONS[:4], 2)
    notes = [f"{one} at the gate, {other}", f"{other.title()} first, then {one.upper()}", one, other, one, ""]
    steps = _indexed(rng, notes, ("delayed", "delayed", "delayed", "delayed", "arrived", "delayed"))
    (elsewhere,) = _indexed(rng, notes[:1])
    return [*steps, OfAnotherIndex(elsewhere.flight_id, elsewhere.values)]


def found_many(rng: random.Random) -> Sequence[Step]:
    """More flights than a search returns by default."""
    return [IndexedTogether(tuple(_indexed(rng, ["snow at EWR"] * HITS)))]


def found_oddly(rng: random.Random) -> Sequence[Step]:
    """Notes as people write them, and as people look for them."""
    reason = rng.choice(REASONS[:4])
    return _indexed(
        rng,
        [
            f"gate B4: {reason} (again)",
            f"{reason} again",
            "crew AND bags OR nothing",
            "50 min / 2 h",
            f"{SIGNED[0]}, then {SIGNED[1]}",
            SIGNED[0],
            SIGNED[1],
        ],
    )
