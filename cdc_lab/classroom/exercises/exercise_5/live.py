"""The folder, deployed: a lab made of its template, what is written there, and what comes of it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from cdc_lab.classroom.exercises.common import scanned
from cdc_lab.classroom.exercises.exercise_5.alarms import Point
from cdc_lab.classroom.exercises.exercise_5.production import Production
from cdc_lab.classroom.exercises.exercise_5.world import AUDIT, FAILURES, FUNCTION, SOURCE, Undeployable
from cdc_lab.classroom.exercises.invoking import OutOfBudget
from cdc_lab.emulator.faults import Faults
from cdc_lab.emulator.iam.actions import DENIED, Request
from cdc_lab.errors import LabError
from cdc_lab.lab import Lab
from cdc_lab.patterns import StreamRecord

WATCHDOG_SECONDS = 1.5
_MOST_FLIGHTS = 2000
_ORIGINS = ("EWR", "JFK", "LGA")


class Live:
    """What was handed in, as it runs after ``sam deploy``. Use it as a context.

    Parameters
    ----------
    production : Production
    rng : random.Random
        Decides the flights.
    shards : int
        Of the stream.
    within_role : bool
        Whether the role's policy is enforced.

    Raises
    ------
    Undeployable
        AWS would refuse the stack, or the handler's module cannot be imported from the folder.
    """

    def __init__(
        self, production: Production, rng: random.Random, *, shards: int = 1, within_role: bool = False
    ) -> None:
        self.production = production
        self._rng = rng
        self._numbers = iter(rng.sample(range(100, 10_000), _MOST_FLIGHTS))
        self.lab = _opened(production, rng.randrange(10**6), shards, within_role)
        self.begun = self.lab.clock.time()
        self.flights = self.lab.resource("dynamodb").Table(SOURCE)
        self._limit(self.function)

    def __enter__(self) -> Live:
        return self

    def __exit__(self, *_: object) -> None:
        self.lab.close()

    def _limit(self, function: Any) -> None:
        """End a handler that does not come back, and the check when all its invocations take too long."""
        function.watchdog_seconds = WATCHDOG_SECONDS
        take_instance, production = function.take_instance, self.production

        def take_if_there_is_time() -> Any:
            production.is_out_of_budget = production.is_out_of_budget or production.budget.is_spent
            if production.is_out_of_budget:
                raise OutOfBudget
            return take_instance()

        function.take_instance = take_if_there_is_time

    # ---- what happens ----------------------------------------------------------------------------

    def put(self, count: int) -> None:
        """Write so many new flights, in batches: a record each."""
        with self.flights.batch_writer() as batch:
            for number in itertools.islice(self._numbers, count):
                batch.put_item(
                    Item={
                        "flight_id": f"UA{number}",
                        "origin": self._rng.choice(_ORIGINS),
                        "gate": f"B{number % 90}",
                    }
                )

    def put_and_see(self, count: int) -> list[StreamRecord]:
        """Write so many new flights, and return their records."""
        before = {record.event_id for record in self.records}
        self.put(count)
        return [record for record in self.records if record.event_id not in before]

    def change(self, records: Sequence[StreamRecord]) -> None:
        """Change some flights, and delete the last of them."""
        for record in records[:-1]:
            self.flights.put_item(Item={**(record.new_image or {}), "status": "delayed", "dep_delay": 84})
        self.flights.delete_item(Key=records[-1].keys)

    def bursts(self, count: int, flights: int, every: timedelta, faults: Faults | None = None) -> None:
        """Let flights come in bursts, and be delivered meanwhile."""
        for _ in range(count):
            self.put(flights)
            self.lab.run(until=every, faults=faults)

    # ---- what came of it ---------------------------------------------------------------------------

    @property
    def function(self) -> Any:
        """The function, as the lab has it."""
        service = self.lab._account.functions
        return next(
            versions.latest
            for versions in service.functions.of_region(self.lab._account.region)
            if versions.latest.name == FUNCTION
        )

    @property
    def records(self) -> list[StreamRecord]:
        """All that was written, in order of time: no story is as long as a stream remembers."""
        return list(self.lab.read_stream(self.flights))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The audit log: by flight, and each flight's as Query returns them."""
        found = scanned(self.lab.resource("dynamodb").Table(AUDIT))
        return sorted(found, key=lambda row: (row["flight_id"], row["sequence"].encode()))

    @property
    def given_up(self) -> dict[str, float]:
        """By event id of a record that Lambda gave up, when it did, in epoch seconds."""
        failures = self.lab.trace.failures.to_dict("records")
        if not failures:
            return {}
        shards, found = self._shards(), {}
        for record in self.records:
            for row in failures:
                first, last = int(row["start_sequence_number"]), int(row["end_sequence_number"])
                is_there = shards.get(record.event_id, row["shard_id"]) == row["shard_id"]
                if is_there and first <= record.sequence <= last:
                    found[record.event_id] = row["at"].timestamp()
        return found

    def _shards(self) -> dict[str, str]:
        deliveries = self.lab.trace.deliveries
        return dict(zip(deliveries["event_id"], deliveries["shard_id"], strict=True))

    def missing(self) -> list[StreamRecord]:
        """Records without a row."""
        there = {str(row.get("event_id", "")) for row in self.rows}
        return [record for record in self.records if record.event_id not in there]

    def waits(self) -> dict[str, float]:
        """By event id, seconds from a change to its last delivery; infinity for what was never delivered."""
        deliveries = self.lab.trace.deliveries
        seconds = (deliveries["delivered_at"] - deliveries["written_at"]).dt.total_seconds()
        last = seconds.groupby(deliveries["event_id"]).max().to_dict()
        return {record.event_id: last.get(record.event_id, float("inf")) for record in self.records}

    def denied(self) -> list[str]:
        """The calls that the role does not allow, each once."""
        calls = self.lab.trace.calls.to_dict("records")
        return sorted(
            {f"{call['service']}.{call['operation']}" for call in calls if call["outcome"] in DENIED}
        )

    def needed(self) -> list[Request]:
        """The rights that the handler's calls needed."""
        return list(self.lab._account.functions.rights.get(FUNCTION, ()))

    def series(self) -> dict[str, list[Point]]:
        """The metrics of the whole time, minute by minute; those of the queue among them."""
        found: dict[str, list[Point]] = {}
        for row in self.lab.trace.metrics().to_dict("records"):
            at = row["timestamp"].timestamp()
            point = Point(at, row["sum"], row["minimum"], row["maximum"], row["sample_count"])
            found.setdefault(str(row["metric"]), []).append(point)
        return {**found, **self._of_queue()}

    def _of_queue(self) -> dict[str, list[Point]]:
        failures = self.lab.trace.failures.to_dict("records")
        notes = sorted(
            row["at"].timestamp() for row in failures if row["delivered"] and ":sqs:" in row["destination"]
        )
        minutes = range(int(self.begun) // 60, int(self.lab.clock.time()) // 60 + 1)
        depth, sent = [], []
        for minute in minutes:
            come = sum(note < (minute + 1) * 60 for note in notes)
            new = sum(minute * 60 <= note < (minute + 1) * 60 for note in notes)
            depth.append(Point(minute * 60.0, come, come, come, 1))
            sent += [Point(minute * 60.0, new, 1, 1, new)] if new else []
        return {"ApproximateNumberOfMessagesVisible": depth, "NumberOfMessagesSent": sent}

    def lose_destination(self) -> None:
        """Somebody deletes the queue and the bucket."""
        sqs = self.lab.client("sqs")
        for url in sqs.list_queues().get("QueueUrls", ()):
            sqs.delete_queue(QueueUrl=url)
        s3 = self.lab.client("s3")
        for bucket in s3.list_buckets()["Buckets"]:
            if FAILURES in bucket["Name"] or "bucket" in bucket["Name"].lower():
                s3.delete_bucket(Bucket=bucket["Name"])

    def complaints(self) -> Iterator[str]:
        """What the invocations ended with, and what was logged of exceptions; each once."""
        from cdc_lab.classroom.exercises.logged import is_complaint, logged

        errors = self.lab.trace.invocations["error"]
        yield from dict.fromkeys([*filter(None, errors), *filter(is_complaint, logged(self.lab.trace))])

    def at(self, moment: float) -> str:
        """How long after the beginning a moment is, in words."""
        return f"after {(moment - self.begun) / 60:.0f} minutes"


def _opened(production: Production, seed: int, shards: int, within_role: bool) -> Lab:
    path = production.template
    try:
        return Lab.from_template(
            path, seed=seed, shards=shards, enforce_roles=within_role and production.policy is not None
        )
    except (ClientError, LabError) as error:
        text = " ".join(str(error).split())
        is_role = "role" in text or "access" in text.lower()
        raise Undeployable("no right to read the stream" if is_role else "refused by AWS", text) from None
    except Exception as error:  # of the handler's module, which runs now as at a cold start
        raise Undeployable("left in the notebook", f"{type(error).__name__}: {error}") from None
