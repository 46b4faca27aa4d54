"""The scenarios of the audit log: the simplest first, each for one way of being wrong."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from cdc_lab.classroom.exercises.common import (
    ANSWER_LOST,
    CANCELED,
    CONFLICT,
    LEFT,
    REFUSED,
    THROTTLED,
)
from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.exercise import Scenario
from cdc_lab.classroom.exercises.redriving import LongNumbers, OldestLast
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.steps import Step, Until
from cdc_lab.classroom.exercises.writes import CARRIERS, EXPIRY, Write, flight_ids
from cdc_lab.clock import START

_MANY = 110  # more than a transaction's 100 actions and a batch write's 25
MIDNIGHT = datetime(2013, 3, 10, tzinfo=UTC)
MIDNIGHT_IN_NEW_YORK = datetime(2013, 3, 10, 5, tzinfo=UTC)
DAYLIGHT_SAVING = datetime(2013, 3, 10, 7, tzinfo=UTC)
"""When the clocks of New York go from 2 to 3 in the morning."""
_ORDERED = 9  # changes of one flight: enough for its sequence numbers to grow a digit


def _scheduled(rng: random.Random) -> dict[str, Any]:
    gate = f"{rng.choice('ABC')}{rng.randint(1, 40)}"
    return {"status": "scheduled", "gate": gate, "dest": rng.choice(("BOS", "ORD", "SFO", "MIA"))}


def _life(rng: random.Random, flight: str) -> list[Write]:
    """A flight from its schedule to its arrival."""
    delay = rng.randint(16, 200)
    return [
        Write("put", flight, _scheduled(rng)),
        Write("update", flight, {"status": "delayed", "dep_delay": delay}),
        Write("update", flight, {"dep_delay": delay + rng.randint(1, 60), "reason": "snow"}),
        Write("update", flight, {"status": "arrived"}, removed=("gate", "reason")),
    ]


def plain_day(rng: random.Random) -> Sequence[Write]:
    """Two flights, nothing goes wrong."""
    first, second = flight_ids(rng, 2, CARRIERS)
    return [*_life(rng, first), *_life(rng, second)]


def removals(rng: random.Random) -> Sequence[Write]:
    """A user deletes a flight that was due, and one that comes back; time to live removes a third."""
    deleted, expiring, due = flight_ids(rng, 3, CARRIERS)
    expires_at = int((START + timedelta(hours=rng.randint(1, 3))).timestamp())
    soon = int((START + timedelta(seconds=rng.randint(80, 110))).timestamp())
    return [
        Write("put", due, {**_scheduled(rng), EXPIRY: soon}),
        Write("delete", due),
        Write("put", deleted, _scheduled(rng)),
        Write("put", expiring, {**_scheduled(rng), EXPIRY: expires_at}),
        Write("delete", deleted),
        Write("put", deleted, _scheduled(rng)),
        Write("expire", expiring),
        Write("delete", deleted),
    ]


def values(rng: random.Random) -> Sequence[Write]:
    """Every type that DynamoDB has, and values that are false in Python."""
    flight = flight_ids(rng, 1, CARRIERS)[0]
    seats = rng.randint(100, 200)
    fare = Decimal(rng.randint(10_000, 99_999)) / 100 + Decimal("1E-20")
    crew = {f"{name}{rng.randint(1, 99)}" for name in ("ann", "bob", "eve")}
    tag = bytes(rng.randrange(256) for _ in range(4))
    filled = {"fare": fare, "seats": seats, "crew": crew, "tag": tag, "on_time": True, "note": "gate change"}
    emptied = {"dep_delay": 0, "note": "", "on_time": False, "gate": None, "legs": [], "extras": {}}
    other = {"crew": crew | {"kim"}, "tag": tag[::-1], "fare": fare + 1, "rows": {1, Decimal("2.5")}}
    # Python takes a number and a truth value for equal, also inside others; DynamoDB does not.
    flags = {"stops": 0, "vip": True, "waits": [1, 0], "wifi": {"on": True}}
    swapped = {"stops": False, "vip": 1, "waits": [True, False], "wifi": {"on": 1}}
    return [
        Write("put", flight, filled),
        Write("update", flight, emptied),
        Write("update", flight, {**other, "legs": [{"from": "EWR", "miles": Decimal("199.5")}]}),
        Write(
            "update", flight, {"note": "on time", "dep_delay": rng.randint(1, 9)}, removed=("gate", "extras")
        ),
        Write("update", flight, {"seats": seats + 1}, removed=("on_time", "rows")),
        Write("update", flight, flags),
        Write("update", flight, swapped),
    ]


def one_second(rng: random.Random) -> Sequence[Write]:
    """Several changes of one flight within one second."""
    return [_within_a_second(write) for write in _life(rng, flight_ids(rng, 1, CARRIERS)[0])]


def _within_a_second(write: Write) -> Write:
    return Write(write.kind, write.flight_id, write.values, write.removed, after=0.0)


def long_history(rng: random.Random) -> Sequence[Write]:
    """One flight with many changes."""
    flight = flight_ids(rng, 1, CARRIERS)[0]
    delays = range(rng.randint(1, 20), 500, 7)
    updates = [Write("update", flight, {"dep_delay": delay}) for delay in delays][: _ORDERED - 1]
    return [Write("put", flight, _scheduled(rng)), *updates]


def interleaved(rng: random.Random) -> Sequence[Write]:
    """Three flights, their changes mixed."""
    lives = [_life(rng, flight) for flight in flight_ids(rng, 3, CARRIERS)]
    mixed: list[Write] = []
    while any(lives):
        life = rng.choice([life for life in lives if life])
        mixed.append(life.pop(0))
    return mixed


def there_and_back(rng: random.Random) -> Sequence[Write]:
    """A flight's gate changes and changes back, and the flight is deleted and comes back as it was."""
    flight = flight_ids(rng, 1, CARRIERS)[0]
    item = _scheduled(rng)
    gate, other = item["gate"], f"D{rng.randint(1, 40)}"
    gates = [Write("update", flight, {"gate": value}) for value in (other, gate, other, gate)]
    return [Write("put", flight, item), *gates, Write("delete", flight), Write("put", flight, item)]


def oldest_last(rng: random.Random) -> Sequence[Step]:
    """The flight's first changes are brought when the later ones are in the log."""
    return [*_life(rng, flight_ids(rng, 1, CARRIERS)[0]), OldestLast()]


def long_numbers(rng: random.Random) -> Sequence[Step]:
    """One flight in an old stream."""
    return [LongNumbers(), *_life(rng, flight_ids(rng, 1, CARRIERS)[0])]


def nights(rng: random.Random) -> Sequence[Step]:
    """Changes around midnight, in UTC and in New York, and when daylight saving begins."""
    flight = flight_ids(rng, 1, CARRIERS)[0]
    moments = [
        MIDNIGHT - timedelta(seconds=rng.randint(1, 30)),
        MIDNIGHT,
        MIDNIGHT_IN_NEW_YORK - timedelta(seconds=rng.randint(1, 30)),
        MIDNIGHT_IN_NEW_YORK + timedelta(seconds=rng.randint(0, 30)),
        DAYLIGHT_SAVING - timedelta(seconds=rng.randint(1, 1800)),
        DAYLIGHT_SAVING + timedelta(seconds=rng.randint(0, 1800)),
    ]
    writes = [*_life(rng, flight), Write("update", flight, {"gate": "C1"}), Write("delete", flight)]
    steps: list[Step] = []
    for moment, write in zip(moments, writes, strict=True):
        steps += [Until(moment), replace(write, after=0.0)]
    return steps


def three_changes(rng: random.Random) -> Sequence[Write]:
    """One flight, few changes: for scenarios that run many times."""
    return _life(rng, flight_ids(rng, 1, CARRIERS)[0])[:3]


def many(rng: random.Random) -> Sequence[Write]:
    """A bulk load."""
    return [Write("put", flight, _scheduled(rng), after=0.0) for flight in flight_ids(rng, _MANY, CARRIERS)]


def poison_in_the_middle(rng: random.Random) -> Sequence[Write]:
    """Six flights; the record of one cannot be read."""
    bad = rng.randint(1, 4)
    return [
        Write("put", flight, _scheduled(rng), poison=number == bad)
        for number, flight in enumerate(flight_ids(rng, 6, CARRIERS))
    ]


def two_poisoned(rng: random.Random) -> Sequence[Write]:
    """Five flights; the records of the second and the fourth cannot be read."""
    return [
        Write("put", flight, _scheduled(rng), poison=number in (1, 3))
        for number, flight in enumerate(flight_ids(rng, 5, CARRIERS))
    ]


def poison_at_the_end(rng: random.Random) -> Sequence[Write]:
    """Five flights; the last record of the batch cannot be read."""
    flights = flight_ids(rng, 5, CARRIERS)
    return [Write("put", flight, _scheduled(rng), poison=flight == flights[-1]) for flight in flights]


def _scenario(
    name: str,
    says: str,
    writes: Callable[[random.Random], Sequence[Step]],
    each_crash: bool = False,
    fits: Callable[[Run], bool] = lambda run: True,
    **conditions: Any,
) -> Scenario:
    return Scenario(name, says, writes, Conditions(**conditions), each_crash, fits)


def _grows_a_digit(run: Run) -> bool:
    return len({len(record.sequence_number) for record in run.records}) > 1


SCENARIOS = (
    _scenario("plain day", "two flights, nothing goes wrong", plain_day, batch_size=3),
    _scenario("removals", "a user deletes flights, time to live removes another", removals),
    _scenario("values", "every type of DynamoDB, and empty values", values),
    _scenario("one second", "several changes of a flight within one second", one_second),
    _scenario(
        "long history", "one flight with many changes, read back in order", long_history, fits=_grows_a_digit
    ),
    _scenario(
        "long numbers",
        "sequence numbers grow from 39 to 40 digits",
        long_numbers,
        fits=_grows_a_digit,
    ),
    _scenario("there and back", "a flight changes, and changes back", there_and_back),
    _scenario(
        "interleaved", "three flights mixed, on two shards in two lanes", interleaved, shards=2, lanes=2
    ),
    _scenario(
        "late", "the records are delivered five hours after the writes", plain_day, late=timedelta(hours=5)
    ),
    _scenario(
        "nights",
        "changes around midnight in UTC and in New York, and when daylight saving begins there",
        nights,
    ),
    _scenario("duplicates", "each batch is delivered twice", plain_day, duplicates=True),
    _scenario(
        "again",
        "all is delivered again an hour later",
        three_changes,
        again_in_batches_of=Conditions.batch_size,
    ),
    _scenario(
        "other borders",
        "all is delivered again an hour later, cut into other batches",
        plain_day,
        batch_size=3,
        again_in_batches_of=5,
    ),
    _scenario(
        "cold start",
        "all is delivered again, each time to a fresh execution environment",
        three_changes,
        cold=True,
        again_in_batches_of=10,
    ),
    _scenario("oldest last", "the first changes come when the later ones are in the log", oldest_last),
    _scenario(
        "crash",
        "the environment dies after an AWS call, and Lambda delivers again",
        three_changes,
        each_crash=True,
    ),
    _scenario("large batch", f"{_MANY} records in one batch", many, batch_size=500),
    _scenario(
        "unreadable record",
        "nobody can read one record of the batch; Lambda bisects",
        poison_in_the_middle,
        bisect=True,
    ),
    _scenario(
        "two unreadable records",
        "nobody can read two records of the batch; Lambda bisects",
        two_poisoned,
        bisect=True,
    ),
    _scenario("unreadable last record", "nobody can read the batch's last record", poison_at_the_end),
    Scenario(
        "refused calls",
        "DynamoDB refuses a call or does a batch in part, or does it and its answer is lost",
        three_changes,
        REFUSED,
        each_refusal=(THROTTLED, CONFLICT, CANCELED, LEFT, ANSWER_LOST),
    ),
)


def as_text(moment: datetime) -> str:
    """A moment as the expected rows show it: ISO 8601 in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
