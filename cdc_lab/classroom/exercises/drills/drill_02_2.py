"""Choose the parameters: the smallest view type that serves each of four consumers."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from cdc_lab.classroom.exercises.drills.choosing import Chosen, choose
from cdc_lab.classroom.exercises.drills.delivering import CannotHappen
from cdc_lab.classroom.exercises.drills.drill import Differences
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.writes import KEY, Write, flight_ids
from cdc_lab.lab import Lab
from cdc_lab.patterns import StreamRecord

_ID = "drill_02_2"
VIEWS = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
Seen = dict[str, Any]
_ONE_HOUR = 60


def search(record: StreamRecord, seen: Seen) -> None:
    """The text of each flight that is there."""
    if record.event_name == "REMOVE":
        seen.pop(record.keys[KEY], None)
    else:
        seen[record.keys[KEY]] = _of(record.new_image)["dest"]


def cache(record: StreamRecord, seen: Seen) -> None:
    """Which entries are thrown out, and how often."""
    seen[record.keys[KEY]] = seen.get(record.keys[KEY], 0) + 1


def archive(record: StreamRecord, seen: Seen) -> None:
    """What was deleted, as it was last."""
    if record.event_name == "REMOVE":
        seen[record.keys[KEY]] = _of(record.old_image)


def alert(record: StreamRecord, seen: Seen) -> None:
    """Flights whose delay grew by more than an hour at once."""
    if record.event_name == "MODIFY":
        old, new = (_of(image).get("dep_delay", 0) for image in (record.old_image, record.new_image))
        if new - old > _ONE_HOUR:
            seen[record.keys[KEY]] = int(new - old)


CONSUMERS: Mapping[str, Callable[[StreamRecord, Seen], None]] = {
    "search": search,
    "cache": cache,
    "archive": archive,
    "alert": alert,
}


def _of(image: dict[str, Any] | None) -> dict[str, Any]:
    if image is None:
        raise LookupError("the image is not there")
    return image


def a_day(chosen: Chosen, rng: random.Random) -> Differences:
    """The same writes to four tables, one for each view type; each consumer reads the one chosen for it."""
    for name in CONSUMERS:
        if chosen.get(name) not in VIEWS:
            raise CannotHappen(f"{name} has the view type {chosen.get(name)!r}: there is {', '.join(VIEWS)}")
    streams = _streams(rng)
    size = {view: sum(record.size_bytes for record in streams[view]) for view in VIEWS}
    for name, consumer in CONSUMERS.items():
        runs = {view: _consume(consumer, streams[view]) for view in VIEWS}
        whole = runs["NEW_AND_OLD_IMAGES"]
        smallest = min((view for view in VIEWS if runs[view] == whole), key=lambda view: size[view])
        view = chosen[name]
        if runs[view] != whole:
            failed = f"{runs[view][1]} not readable"
            wanted = f"all {len(streams[view])} records"
            yield Difference("an image that is not there", f"{name} on {view}", wanted, failed)
        elif size[view] > size[smallest]:
            yield Difference(
                "more than is needed",
                f"{name} on {view}",
                f"{size[smallest]} bytes do",
                f"{size[view]} bytes",
            )


def _consume(consumer: Callable[[StreamRecord, Seen], None], records: list[StreamRecord]) -> tuple[Seen, int]:
    """What a consumer makes of a stream, and how many records it could not work on."""
    seen: Seen = {}
    failed = 0
    for record in records:
        try:
            consumer(record, seen)
        except LookupError:
            failed += 1
    return seen, failed


def _streams(rng: random.Random) -> dict[str, list[StreamRecord]]:
    with Lab(seed=rng.randrange(10**6)) as lab:
        tables = {view: lab.create_table(f"flights.{view}", KEY, stream_view_type=view) for view in VIEWS}
        for write in _writes(rng):
            for table in tables.values():
                write.apply(lab, table)
        return {view: list(lab.read_stream(table)) for view, table in tables.items()}


def _writes(rng: random.Random) -> list[Write]:
    writes = []
    for flight in flight_ids(rng, 4):
        delay = rng.randint(5, 50)
        grown = delay + rng.choice((20, 90, 150))
        writes += [
            Write("put", flight, {"dest": rng.choice(("BOS", "ORD", "SFO"))}, after=0.0),
            Write("update", flight, {"dep_delay": delay}, after=0.0),
            Write("update", flight, {"dep_delay": grown}, after=0.0),
            Write("update", flight, {"dep_delay": grown + rng.randint(61, 99)}, after=0.0),
            Write("delete", flight, after=0.0),
        ][: rng.choice((4, 5))]
    return [*writes, Write("put", "B6671", {"dest": "BOS"}, after=0.0), Write("delete", "B6671", after=0.0)]


EXERCISE = choose(
    _ID, tuple(CONSUMERS), [("a day", "the same writes, seen four ways; each consumer reads its own", a_day)]
)
