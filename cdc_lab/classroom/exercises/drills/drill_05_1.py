"""Choose the parameters: filter patterns that let through what is wanted, and nothing else."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from typing import Any

from cdc_lab.classroom.exercises.drills.choosing import Chosen, choose
from cdc_lab.classroom.exercises.drills.delivering import CannotHappen, apply_all, attach, run
from cdc_lab.classroom.exercises.drills.drill import Differences
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.writes import KEY, Write, flight_ids
from cdc_lab.lab import Lab
from cdc_lab.patterns import StreamRecord
from cdc_lab.patterns.deserializer import TYPE_TAGS
from cdc_lab.show.tables import change_text


def a_storm(chosen: Chosen, rng: random.Random) -> Differences:
    """Flights are late, cancelled, corrected and deleted; the patterns decide what reaches the function."""
    patterns = chosen.get("patterns")
    if not isinstance(patterns, list) or not all(isinstance(pattern, Mapping) for pattern in patterns):
        raise CannotHappen("patterns: give a list of dicts, each a pattern")
    reached: list[str] = []
    with Lab(seed=rng.randrange(10**6)) as lab:
        flights = lab.create_table("flights", KEY)
        apply_all(lab, flights, _writes(rng))
        lab.create_function("given", lambda event, _: reached.extend(r["eventID"] for r in event["Records"]))
        filters = [{"Pattern": json.dumps(pattern)} for pattern in patterns]
        attach(lab, flights, FilterCriteria={"Filters": filters})
        run(lab)
        records = list(lab.read_stream(flights))
    yield from _missing(patterns, [r for r in records if _is_wanted(r) and r.event_id not in reached])
    needless = [r for r in records if not _is_wanted(r) and r.event_id in reached]
    for record in needless:
        yield Difference(_why(record), _told(record), "is filtered out", "reached the function")


def _writes(rng: random.Random) -> list[Write]:
    first, second, third, fourth, fifth = flight_ids(rng, 5)
    late = rng.randint(100, 180)
    return [
        *(Write("put", flight, {"status": "scheduled"}) for flight in (first, second, third, fourth)),
        Write("update", first, {"status": "delayed", "dep_delay": rng.randint(6, 9), "band": "minor"}),
        Write("update", second, {"status": "delayed", "dep_delay": late, "band": "major"}),
        Write("update", third, {"status": "cancelled"}),
        Write("update", second, {"dep_delay": rng.randint(16, 59), "band": "minor"}),
        Write("update", third, {"status": "scheduled"}),
        Write("update", fourth, {"status": "departed"}),
        Write("put", fifth, {"status": "delayed", "dep_delay": rng.randint(60, 99), "band": "major"}),
        Write("delete", fifth),
    ]


def _is_wanted(record: StreamRecord) -> bool:
    image = record.new_image or {}
    return bool(image.get("band") == "major" or image.get("status") == "cancelled")


def _missing(patterns: list[Any], missing: list[StreamRecord]) -> Differences:
    for record in missing:
        text = json.dumps(patterns)
        kind = "left out"
        if '"numeric"' in text:
            kind = "numbers are text"
        elif any(_is_untagged(pattern) for pattern in patterns):
            kind = "the type tag left out"
        elif any(_joins(pattern) for pattern in patterns):
            kind = "one pattern is an and"
        yield Difference(kind, _told(record), "reaches the function", "filtered out")


def _images(pattern: Any) -> Iterator[Mapping[str, Any]]:
    change = pattern.get("dynamodb", {}) if isinstance(pattern.get("dynamodb", {}), Mapping) else {}
    yield from (
        image for image in (change.get("NewImage"), change.get("OldImage")) if isinstance(image, Mapping)
    )


def _is_untagged(pattern: Any) -> bool:
    attributes = [value for image in _images(pattern) for value in image.values()]
    return any(not isinstance(value, Mapping) or not set(value) <= TYPE_TAGS for value in attributes)


def _joins(pattern: Any) -> bool:
    return any({"band", "status"} <= set(image) for image in _images(pattern))


def _why(record: StreamRecord) -> MisconceptionId:
    old = record.old_image or {}
    was_wanted = old.get("band") == "major" or old.get("status") == "cancelled"
    return "the old image" if was_wanted else "more than asked for"


def _told(record: StreamRecord) -> str:
    return f"{record.event_name} {record.keys[KEY]}: {change_text(record)}"


EXERCISE = choose("drill_05_1", ("patterns",), [("a storm", "twelve writes of five flights", a_storm)])
