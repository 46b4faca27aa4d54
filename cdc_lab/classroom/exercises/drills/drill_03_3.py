"""Choose the parameters: one bad record must not hold its shard, and an outage must lose nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from cdc_lab.classroom.exercises.drills.choosing import Chosen, at_most, choose
from cdc_lab.classroom.exercises.drills.delivering import apply_all, attach, of_code, run
from cdc_lab.classroom.exercises.drills.drill import Differences
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.texts import texts_of
from cdc_lab.classroom.exercises.writes import KEY, Write, flight_ids
from cdc_lab.clock import START
from cdc_lab.lab import Lab

_ID = "drill_03_3"
_OUTAGE_MINUTES = 20
_MOST_MINUTES = 60  # that a good record may wait
_BURSTS, _IN_BURST = 12, 4  # of flights, every five minutes


def outage(chosen: Chosen, rng: random.Random) -> Differences:
    """The service is down for a while; every flight is good."""
    flights = _flights(rng, bad=None)
    down = START + timedelta(minutes=rng.randint(6, 12))
    fleet, trace, _ = _morning(chosen, flights, rng, down.timestamp())
    missing = len(flights) - len(fleet)
    if missing:
        wanted, got = f"{len(flights)} flights", f"{len(fleet)}"
        yield Difference(_why_lost(chosen), "in the fleet after the outage", wanted, got)
        yield from _given_up(trace, 0)


def _why_lost(chosen: Chosen) -> MisconceptionId:
    if "ReportBatchItemFailures" not in (chosen.get("FunctionResponseTypes") or ()):
        return "an answer that nobody reads"
    return "given up before the outage ends"


def bad_record(chosen: Chosen, rng: random.Random) -> Differences:
    """One flight has no aircraft; its record fails each time."""
    bad = rng.randrange(_IN_BURST, _IN_BURST * 4, _IN_BURST) + 1  # second of its burst
    flights = _flights(rng, bad)
    fleet, trace, notes = _morning(chosen, flights, rng)
    waits = trace.deliveries.assign(wait=trace.deliveries["delivered_at"] - trace.deliveries["written_at"])
    good = waits[waits["keys"] != f"{KEY}={flights[bad].flight_id}"]["wait"].dt.total_seconds() / 60
    yield from at_most("a held shard", "longest wait of a good flight", _MOST_MINUTES, good.max(), "minutes")
    if len(fleet) < len(flights) - 1:
        wanted = f"{len(flights) - 1} flights"
        too_old = "RecordAgeExceeded" in set(trace.failures["condition"])
        kind = "too old from waiting" if too_old else "neighbours given up"
        yield Difference(kind, "good flights in the fleet", wanted, str(len(fleet)))
        yield from _given_up(trace, 1)
    if notes != 1:
        yield Difference("given up without a trace", "notes in the queue", "1", str(notes))


def _given_up(trace: Any, expected: int) -> Differences:
    count = int(trace.failures["records"].sum())
    if count != expected:
        yield Difference("", "records that Lambda gave up", str(expected), str(count))


def _flights(rng: random.Random, bad: int | None) -> list[Write]:
    return [
        Write(
            "put",
            flight,
            {"origin": rng.choice(("EWR", "JFK", "LGA"))}
            | ({} if place == bad else {"tailnum": f"N{rng.randint(10_000, 99_999)}"}),
            after=0.0 if place % _IN_BURST else 300.0,
        )
        for place, flight in enumerate(flight_ids(rng, _BURSTS * _IN_BURST))
    ]


def _morning(
    chosen: Chosen, flights: list[Write], rng: random.Random, down_from: float = 0.0
) -> tuple[set[str], Any, int]:
    """Which flights are in the fleet, the trace, and how many notes lie in the queue."""
    with Lab(seed=rng.randrange(10**6)) as lab:
        source = lab.create_table("flights", KEY)
        fleet = lab.create_table("fleet", KEY, stream_view_type=None)
        queue = lab.resource("sqs").create_queue(QueueName="failed")
        down = {"DOWN_FROM": str(down_from), "DOWN_UNTIL": str(down_from + _OUTAGE_MINUTES * 60)}
        lab.create_function("given", of_code(texts_of(_ID).given)(), environment=down)
        attach(lab, source, **chosen)
        apply_all(lab, source, flights)
        run(lab)
        return {row[KEY] for row in fleet.scan()["Items"]}, lab.trace, sum(1 for _ in _messages(queue))


def _messages(queue: Any) -> Iterator[Any]:
    while found := queue.receive_messages(MaxNumberOfMessages=10):
        for message in found:
            message.delete()
        yield from found


EXERCISE = choose(
    _ID,
    (
        "BatchSize",
        "MaximumRetryAttempts",
        "MaximumRecordAgeInSeconds",
        "BisectBatchOnFunctionError",
        "FunctionResponseTypes",
        "DestinationConfig",
    ),
    [
        ("an outage", f"the service does not answer for {_OUTAGE_MINUTES} minutes", outage),
        ("a bad record", "one flight of a burst has no aircraft, and fails each time", bad_record),
    ],
)
