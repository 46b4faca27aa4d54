"""Choose the parameters: a backlog in the evening, a record that fails at night, nobody there till Monday."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from cdc_lab.classroom.exercises.drills.choosing import Chosen, at_most, choose
from cdc_lab.classroom.exercises.drills.delivering import CannotHappen, run
from cdc_lab.classroom.exercises.drills.drill import Differences
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.writes import KEY, flight_ids
from cdc_lab.lab import Lab
from cdc_lab.patterns import RecordsGoneError, StreamRecord, failed_batch
from cdc_lab.show.expect import summary

_ID = "drill_08_1"
_MAPPING = ("BatchSize", "ParallelizationFactor", "MaximumRetryAttempts", "BisectBatchOnFunctionError")
_DESTINATIONS = {
    "queue": "arn:aws:sqs:us-east-1:123456789012:failures",
    "bucket": "arn:aws:s3:::failures",
    None: None,
}
_SHARDS, _TIMEOUT, _MOST_RESERVED = 4, 10, 20
_BACKLOG, _SECONDS, _CAUGHT_UP = 480, 0.5, 50  # flights, seconds for each, seconds for all of them
_FLIGHTS, _MORE = 40, 20  # flights, and those of an hour later
_LONGEST, _WEEKEND = 10, 60  # minutes, hours


def an_evening(chosen: Chosen, rng: random.Random) -> Differences:
    """A backlog waits; the function needs half a second for each flight."""
    reserved = chosen.get("reserved_concurrency")
    yield from at_most(
        "taken from the others",
        "invocations at a time that it may take",
        _MOST_RESERVED,
        1000 if reserved is None else reserved,
        "of 1000",
    )

    def work(event: Any, context: Any) -> None:
        for _ in event["Records"]:
            time.sleep(_SECONDS)

    with Lab(seed=rng.randrange(10**6), shards=_SHARDS) as lab:
        flights = lab.create_table("flights", KEY)
        _put(flights, flight_ids(rng, _BACKLOG))
        _attach(lab, flights, work, chosen)
        invocations = run(lab, until=timedelta(minutes=10)).rows.invocations
    outcomes = [one.outcome for one in invocations]
    if "timeout" in outcomes:
        count = str(outcomes.count("timeout"))
        yield Difference("a batch longer than the timeout", "invocations that timed out", "0", count)
    if "throttled" in outcomes:
        count = str(outcomes.count("throttled"))
        yield Difference("fewer places than batches", "invocations that were throttled", "0", count)
    if "success" not in outcomes:
        yield Difference(
            "fewer places than batches",
            "until the backlog was done",
            f"at most {_CAUGHT_UP} seconds",
            "never",
        )
        return
    began, ended = min(one.started_at for one in invocations), max(one.ended_at for one in invocations)
    took = (ended - began).total_seconds()
    yield from at_most("too few at a time", "until the backlog was done", _CAUGHT_UP, took, "seconds")


def a_weekend(chosen: Chosen, rng: random.Random) -> Differences:
    """One flight makes the function raise; it is mended and redriven on Monday."""
    names = flight_ids(rng, _FLIGHTS + _MORE)
    bad = names[rng.randrange(1, _FLIGHTS - 1)]
    waited: dict[str, float] = {}
    with Lab(seed=rng.randrange(10**6)) as lab:
        flights = lab.create_table("flights", KEY)

        def work(event: Any, context: Any) -> None:
            records = [StreamRecord.from_event(record) for record in event["Records"]]
            if any(record.keys[KEY] == bad for record in records):
                raise KeyError("tailnum")
            for record in records:
                waited.setdefault(record.keys[KEY], (lab.clock.now() - record.created_at).total_seconds())

        _put(flights, names[:_FLIGHTS])
        _attach(lab, flights, work, chosen)
        run(lab, until=timedelta(hours=1))
        _put(flights, names[_FLIGHTS:])
        run(lab, until=timedelta(hours=_WEEKEND))
        yield from _on_monday(lab, waited, {*names} - {bad})
        yield from _redriven(lab, bad, chosen.get("destination"))


def _on_monday(lab: Lab, waited: dict[str, float], good: set[str]) -> Differences:
    """Judge the good flights: how long each waited until it was done, or given up."""
    written = {row.keys.partition("=")[2]: row.written_at for row in lab.trace.rows.records}
    ended = max((row.at for row in lab.trace.rows.failures), default=lab.clock.now())
    left = good - waited.keys()
    late = max([*waited.values(), *((ended - written[name]).total_seconds() for name in left)]) / 60
    yield from at_most("blocked until it expires", "longest wait of a good flight", _LONGEST, late, "minutes")
    if left:
        yield Difference("the whole batch given up", "good flights given up", "0", str(len(left)))


def _put(flights: Any, names: Sequence[str]) -> None:
    for name in names:
        flights.put_item(Item={KEY: name})


def _redriven(lab: Lab, bad: str, destination: Any) -> Differences:
    if destination is None:
        yield Difference("given up without a trace", "records that can be redriven", f"{bad}", "none")
        return
    read: dict[str, Callable[[], list[Any]]] = {
        "queue": lambda: [
            message.body
            for message in lab.resource("sqs").get_queue_by_name(QueueName="failures").receive_messages()
        ],
        "bucket": lambda: [
            each.get()["Body"].read() for each in lab.resource("s3").Bucket("failures").objects.all()
        ],
    }
    try:
        events = [failed_batch(message, lab.client("dynamodbstreams")) for message in read[destination]()]
    except RecordsGoneError as error:
        yield Difference("a note outlives its record", "records that can be redriven", f"{bad}", str(error))
        return
    found = [StreamRecord.from_event(record).keys[KEY] for event in events for record in event["Records"]]
    if bad not in found:
        yield Difference("given up without a trace", "records that can be redriven", f"{bad}", f"{found}")


def _attach(lab: Lab, table: Any, work: Any, chosen: Chosen) -> None:
    destination = chosen.get("destination")
    if destination not in _DESTINATIONS:
        raise CannotHappen(f"destination={destination!r}: there is 'queue', 'bucket' or None")
    lab.client("sqs").create_queue(QueueName="failures")
    lab.client("s3").create_bucket(Bucket="failures")
    own: dict[str, Any] = {name: chosen[name] for name in _MAPPING if name in chosen}
    if destination is not None:
        own["DestinationConfig"] = {"OnFailure": {"Destination": _DESTINATIONS[destination]}}
    try:
        lab.attach(
            work,
            table,
            name="given",
            timeout=_TIMEOUT,
            reserved_concurrency=chosen.get("reserved_concurrency"),
            **own,
        )
    except Exception as error:  # of the reader's parameters: botocore's own checks, or Lambda's
        raise CannotHappen(summary(error)) from None


EXERCISE = choose(
    _ID,
    (*_MAPPING, "destination", "reserved_concurrency"),
    [
        (
            "an evening",
            f"{_BACKLOG} flights wait in {_SHARDS} shards, half a second of work each",
            an_evening,
        ),
        (
            "a weekend",
            f"one of {_FLIGHTS} flights fails, {_MORE} follow, and it is redriven after {_WEEKEND} hours",
            a_weekend,
        ),
    ],
)
