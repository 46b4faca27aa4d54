"""Traces for tests, made from rows as the poller records them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from cdc_lab.plots import event_flow
from cdc_lab.trace import FailureRow, InvocationRow, Mark, Recorder, RecordRow, Trace

START = datetime(2013, 3, 8, 10, tzinfo=UTC).timestamp()
SHARD = "shardId-00000001362736800000-{:08x}"
MAPPING = "3a8b1e0c-0000-4000-8000-000000000001"


class Record(NamedTuple):
    """What a trace needs of a stream record."""

    sequence_number: int
    event_id: str
    event_name: str
    written: float
    keys: str
    shard: int


def record(number: int, at: float, shard: int = 0, event_name: str = "MODIFY", keys: str = "") -> Record:
    """The `number`-th record, written `at` seconds after the lab's start."""
    return Record(
        10**20 * (number + 1),
        f"{number:032x}",
        event_name,
        START + at,
        keys or f"flight_id=UA{number}",
        shard,
    )


class Numbers(tuple[int, ...]):
    """The sequence numbers of a batch, and the batch itself."""

    batch: Sequence[Record]

    @classmethod
    def of(cls, batch: Sequence[Record]) -> Numbers:
        numbers = cls(r.sequence_number for r in batch)
        numbers.batch = batch
        return numbers


def invocation(
    batch: Sequence[Record],
    start: float,
    end: float,
    *,
    number: int = 1,
    attempt: int = 1,
    lane: int = 0,
    outcome: str = "success",
    passed: int | None = None,
    error: str = "",
    function: str = "delay-board",
) -> InvocationRow:
    """One invocation from `start` to `end` seconds after the lab's start."""
    return InvocationRow(
        request_id=f"{number:036}",
        function=function,
        mapping=MAPPING,
        shard_id=SHARD.format(batch[0].shard),
        lane=lane,
        batch=number,
        attempt=attempt,
        started=START + start,
        ended=START + end,
        records=Numbers.of(batch),
        written=batch[-1].written,
        outcome=outcome,
        error=error,
        checkpoint=0,
        passed=(len(batch) if outcome == "success" else 0) if passed is None else passed,
        cold_start=False,
    )


def given_up(
    batch: Sequence[Record], at: float, destination: str = "arn:aws:sqs:us-east-1:1:dlq"
) -> FailureRow:
    """The `batch` given up `at` seconds after the lab's start."""
    return FailureRow(
        at=START + at,
        function="delay-board",
        mapping=MAPPING,
        condition="RetryAttemptsExhausted",
        shard_id=SHARD.format(batch[0].shard),
        start_sequence_number=batch[0].sequence_number,
        end_sequence_number=batch[-1].sequence_number,
        records=len(batch),
        invoke_count=3,
        destination=destination,
        delivered=bool(destination),
    )


def trace(
    records: Sequence[Record], invocations: Sequence[InvocationRow] = (), failures: Sequence[FailureRow] = ()
) -> Trace:
    """The trace in which exactly this happened; what was delivered and not written was so before it."""
    delivered = dict.fromkeys(
        r for row in invocations if isinstance(row.records, Numbers) for r in row.records.batch
    )
    earlier = [r for r in delivered if r not in records]
    rows = [
        RecordRow(
            written=r.written,
            table="flights",
            shard_id=SHARD.format(r.shard),
            sequence_number=r.sequence_number,
            event_id=r.event_id,
            event_name=r.event_name,
            keys=r.keys,
            size=100,
        )
        for r in [*earlier, *records]
    ]
    recorder = Recorder(records=rows, draw=event_flow)
    recorder.invocations.extend(invocations)
    recorder.failures.extend(failures)
    return recorder.trace(Mark(records=len(earlier)))


def poison_run() -> Trace:
    """Two shards; in the second a record fails twice, is given up, and the next batch goes on."""
    records = [record(n, n * 0.4, shard=n % 2, event_name="INSERT" if n < 4 else "MODIFY") for n in range(12)]
    calm = [r for r in records if r.shard == 0]
    stormy = [r for r in records if r.shard == 1]
    invocations = [
        invocation(calm[:3], 2.0, 2.4, number=1),
        invocation(stormy[:3], 2.0, 2.2, number=2, outcome="error", error="ValueError: delay"),
        invocation(stormy[:3], 3.2, 3.4, number=2, attempt=2, outcome="error", error="ValueError: delay"),
        invocation(calm[3:], 4.6, 5.0, number=3),
        invocation(stormy[3:], 5.6, 6.0, number=4),
    ]
    return trace(records, invocations, [given_up(stormy[:3], 3.4)])
