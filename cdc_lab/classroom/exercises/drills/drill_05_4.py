"""Choose the parameters: two consumers of one stream, one of which cannot read everything."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from cdc_lab.classroom.exercises.drills.choosing import Chosen, at_most, choose
from cdc_lab.classroom.exercises.drills.delivering import CannotHappen, apply_all, run
from cdc_lab.classroom.exercises.drills.drill import Differences
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.writes import KEY, Write, flight_ids
from cdc_lab.lab import Lab
from cdc_lab.patterns import StreamRecord
from cdc_lab.show.expect import summary

_ID = "drill_05_4"
_CONSUMERS = ("board", "mail")
_PARAMETERS = ("MaximumRetryAttempts", "BisectBatchOnFunctionError")
_QUEUES = ("first", "second", None)
_FLIGHTS = 12
_LONGEST = 60  # minutes
_HOURS = 3  # that the failing consumer is given before it is mended
# What each consumer cannot do without; a flight that lacks it makes it raise.
_NEEDS = {"board": "gate", "mail": "address"}


def a_bad_morning(chosen: Chosen, rng: random.Random) -> Differences:
    """Some flights lack a gate, or an address; three hours later both are mended, and redriven."""
    queues = {consumer: chosen.get(f"{consumer}_queue") for consumer in _CONSUMERS}
    for consumer, queue in queues.items():
        if queue not in _QUEUES:
            raise CannotHappen(f"{consumer}_queue={queue!r}: there is 'first', 'second' or None")
    with Lab(seed=rng.randrange(10**6)) as lab:
        morning = _Morning(lab, chosen, queues)
        morning.pass_by(rng)
    yield from _judged(morning)


def _judged(morning: _Morning) -> Differences:
    late = max(morning.waited.values(), default=0.0) / 60
    yield from at_most("blocked until mended", "longest wait of a good flight", _LONGEST, late, "minutes")
    if morning.good_ones_given_up:
        count = str(morning.good_ones_given_up)
        yield Difference("the whole batch given up", "good flights given up", "0", count)
    morning.redrive()
    for consumer in _CONSUMERS:
        done = morning.done[consumer]
        lost, twice = _FLIGHTS - len(done), sum(count - 1 for count in done.values())
        if lost:
            yield Difference("given up without a trace", f"flights that {consumer} never did", "0", str(lost))
        if twice:
            yield Difference("one queue for two", f"flights that {consumer} did again", "0", str(twice))


class _Morning:
    """Two functions behind one stream.

    Attributes
    ----------
    done : dict
        By consumer, how often it did each flight.
    waited : dict
        Seconds from the write of a flight that a consumer could read to its being done.
    good_ones_given_up : int
    """

    def __init__(self, lab: Lab, chosen: Chosen, queues: dict[str, str | None]) -> None:
        self._lab = lab
        self._queues = queues
        self._letters: dict[str, list[list[str]]] = {}
        self._records: list[StreamRecord] = []
        self.done: dict[str, Counter[str]] = {consumer: Counter() for consumer in _CONSUMERS}
        self.waited: dict[tuple[str, str], float] = {}
        self.good_ones_given_up = 0
        self._flights = lab.create_table("flights", KEY)
        for name in ("first", "second"):
            lab.client("sqs").create_queue(QueueName=name)
        for consumer in _CONSUMERS:
            self._attach(consumer, chosen)

    def _attach(self, consumer: str, chosen: Chosen) -> None:
        own: dict[str, Any] = {
            n: chosen[n] for n in ("MaximumRetryAttempts", "BisectBatchOnFunctionError") if n in chosen
        }
        queue = self._queues[consumer]
        if queue is not None:
            arn = f"arn:aws:sqs:us-east-1:123456789012:{queue}"
            own["DestinationConfig"] = {"OnFailure": {"Destination": arn}}
        try:
            self._lab.attach(
                lambda event, _: self._work(consumer, event), self._flights, name=consumer, **own
            )
        except Exception as error:  # of the reader's parameters: botocore's own checks, or Lambda's
            raise CannotHappen(summary(error)) from None

    def _work(self, consumer: str, event: Any) -> None:
        records = [StreamRecord.from_event(record) for record in event["Records"]]
        for record in records:
            assert record.new_image is not None
            record.new_image[_NEEDS[consumer]]
        # What a batch does is done when none of it fails: each of the two writes in one transaction.
        for record in records:
            self._do(consumer, record)

    def _do(self, consumer: str, record: StreamRecord) -> None:
        flight = record.keys[KEY]
        self.done[consumer][flight] += 1
        waited = (self._lab.clock.now() - record.created_at).total_seconds()
        self.waited.setdefault((consumer, flight), waited)

    def pass_by(self, rng: random.Random) -> None:
        """The flights are written; hours go by; what was given up is looked up while the stream holds it."""
        flights = flight_ids(rng, _FLIGHTS)
        lacking = dict(
            zip(rng.sample(range(1, _FLIGHTS - 1), 3), ("gate", "address", "address"), strict=True)
        )
        writes = []
        for place, flight in enumerate(flights):
            values = {"gate": "B4", "address": "crew@example.com"}
            values.pop(lacking.get(place, ""), None)
            writes.append(Write("put", flight, values, after=0.0))
        apply_all(self._lab, self._flights, writes)
        self._records = list(self._lab.read_stream(self._flights))
        run(self._lab, until=timedelta(hours=_HOURS))
        self._letters = {queue: list(self._read(queue)) for queue in _QUEUES if queue is not None}
        good = {
            c: {r.keys[KEY] for r in self._records if _NEEDS[c] in (r.new_image or {})} for c in _CONSUMERS
        }
        for consumer in _CONSUMERS:
            left = good[consumer] - self.done[consumer].keys()
            given_up = self._given_up(consumer)
            self.good_ones_given_up += len(left & given_up)
            for flight in left - given_up:
                self.waited[consumer, flight] = _HOURS * 3600.0

    def _given_up(self, consumer: str) -> set[str]:
        rows = self._lab.trace.failures
        own = rows[rows["function"] == consumer].to_dict("records") if len(rows) else []
        return {
            record.keys[KEY]
            for row in own
            for record in self._records
            if int(row["start_sequence_number"]) <= record.sequence <= int(row["end_sequence_number"])
        }

    def _read(self, queue: str) -> Iterator[list[str]]:
        """Of each message, the flights whose records it names (C38)."""
        sqs = self._lab.client("sqs")
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        while page := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in page:
                info = json.loads(message["Body"])["DDBStreamBatchInfo"]
                first, last = int(info["startSequenceNumber"]), int(info["endSequenceNumber"])
                yield [r.keys[KEY] for r in self._records if first <= r.sequence <= last]

    def redrive(self) -> None:
        """Both consumers can read everything now: each takes all messages of its queue."""
        for consumer, queue in self._queues.items():
            for flights in self._letters.get(queue or "", []):
                self.done[consumer].update(flights)


EXERCISE = choose(
    _ID,
    ("board_queue", "mail_queue", *_PARAMETERS),
    [("a bad morning", f"{_FLIGHTS} flights in one batch: one has no gate, two no address", a_bad_morning)],
)
