"""What the emulator noted of a run, as the columns of a trace's tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from cdc_lab.trace.rows import (
    CallRow,
    ConflictRow,
    FailureRow,
    InvocationRow,
    LogEvent,
    LogRow,
    ReadRow,
    RecordRow,
    UnfollowedRow,
)
from cdc_lab.trace.tables import Columns

Point = tuple[float, str, str, str, float]  # at, metric, function, mapping, value


def _ms(seconds: Iterable[float]) -> list[float]:
    return [round(value * 1000, 3) for value in seconds]


def records_columns(rows: Sequence[RecordRow]) -> Columns:
    """See :attr:`cdc_lab.trace.Trace.records`."""
    return {
        "written_at": [row.written for row in rows],
        "table": [row.table for row in rows],
        "shard_id": [row.shard_id for row in rows],
        "sequence_number": [str(row.sequence_number) for row in rows],
        "event_id": [row.event_id for row in rows],
        "event_name": [row.event_name for row in rows],
        "keys": [row.keys for row in rows],
        "size_bytes": [row.size for row in rows],
    }


def invocations_columns(rows: Sequence[InvocationRow], first: int) -> Columns:
    """See :attr:`cdc_lab.trace.Trace.invocations`."""
    return {
        "invocation": list(range(first, first + len(rows))),
        "request_id": [row.request_id for row in rows],
        "function": [row.function for row in rows],
        "mapping": [row.mapping for row in rows],
        "shard_id": [row.shard_id for row in rows],
        "lane": [row.lane for row in rows],
        "batch": [row.batch for row in rows],
        "attempt": [row.attempt for row in rows],
        "started_at": [row.started for row in rows],
        "ended_at": [row.ended for row in rows],
        "duration_ms": _ms(row.ended - row.started for row in rows),
        "records": [len(row.records) for row in rows],
        "first_sequence_number": [_sequence(row.records, 0) for row in rows],
        "last_sequence_number": [_sequence(row.records, -1) for row in rows],
        "outcome": [row.outcome for row in rows],
        "error": [row.error for row in rows],
        "checkpoint": [str(row.checkpoint) if row.mapping else "" for row in rows],
        "iterator_age_ms": _ms(_age(row) for row in rows),
        "cold_start": [row.cold_start for row in rows],
    }


def _sequence(records: Sequence[int], index: int) -> str:
    # The final invocation of a tumbling window carries no records.
    return str(records[index]) if records else ""


def _age(row: InvocationRow) -> float:
    # D1: from the stream receiving the last record of the batch to its being sent.
    return float(row.started - row.written)


class _Delivery(NamedTuple):
    """One record in one invocation; `number` counts invocations, `nth` this record's deliveries."""

    number: int
    row: InvocationRow
    position: int
    record: RecordRow
    nth: int
    outcome: str


def _deliveries(
    rows: Sequence[InvocationRow], records: Iterable[RecordRow], first: int
) -> Iterator[_Delivery]:
    written = {(record.shard_id, record.sequence_number): record for record in records}
    seen: dict[tuple[str, str, int], int] = {}
    for number, row in enumerate(rows):
        if row.outcome == "throttled":
            continue
        for position, sequence_number in enumerate(row.records):
            key = (row.mapping, row.shard_id, sequence_number)
            nth = seen[key] = seen.get(key, 0) + 1
            if number >= first:
                outcome = "success" if row.ended_well(position) else row.outcome
                record = written[row.shard_id, sequence_number]
                yield _Delivery(number, row, position, record, nth, outcome)


def deliveries_columns(rows: Sequence[InvocationRow], records: Iterable[RecordRow], first: int) -> Columns:
    """See :attr:`cdc_lab.trace.Trace.deliveries`; `rows` start with the lab, so that counts are whole."""
    found = list(_deliveries(rows, records, first))
    return {
        "invocation": [one.number for one in found],
        "function": [one.row.function for one in found],
        "mapping": [one.row.mapping for one in found],
        "shard_id": [one.row.shard_id for one in found],
        "lane": [one.row.lane for one in found],
        "position": [one.position for one in found],
        "event_id": [one.record.event_id for one in found],
        "event_name": [one.record.event_name for one in found],
        "sequence_number": [str(one.record.sequence_number) for one in found],
        "keys": [one.record.keys for one in found],
        "written_at": [one.record.written for one in found],
        "delivered_at": [one.row.started for one in found],
        "delivery": [one.nth for one in found],
        "outcome": [one.outcome for one in found],
    }


def failures_columns(rows: Sequence[FailureRow]) -> Columns:
    """See :attr:`cdc_lab.trace.Trace.failures`."""
    return {
        "at": [row.at for row in rows],
        "function": [row.function for row in rows],
        "mapping": [row.mapping for row in rows],
        "condition": [row.condition for row in rows],
        "shard_id": [row.shard_id for row in rows],
        "start_sequence_number": [str(row.start_sequence_number) for row in rows],
        "end_sequence_number": [str(row.end_sequence_number) for row in rows],
        "records": [row.records for row in rows],
        "invoke_count": [row.invoke_count for row in rows],
        "destination": [row.destination for row in rows],
        "delivered": [row.delivered for row in rows],
    }


def calls_columns(rows: Sequence[CallRow]) -> Columns:
    """See :attr:`cdc_lab.trace.Trace.calls`."""
    texts = ("function", "request_id", "service", "operation")
    return {
        "at": [row.at for row in rows],
        **{name: [getattr(row, name) for row in rows] for name in texts},
        "attempt": [row.attempt for row in rows],
        "outcome": [row.outcome for row in rows],
        "took_ms": _ms(row.took for row in rows),
    }


def unfollowed_columns(rows: Sequence[UnfollowedRow]) -> Columns:
    """See :attr:`cdc_lab.trace.Trace.unfollowed`."""
    texts = ("function", "request_id", "kind", "target")
    return {
        "at": [row.at for row in rows],
        **{name: [getattr(row, name) for row in rows] for name in texts},
    }


def conflicts_columns(rows: Sequence[ConflictRow]) -> Columns:
    """See :attr:`cdc_lab.trace.Trace.conflicts`."""
    return {
        "at": [row.at for row in rows],
        "table": [row.table for row in rows],
        "keys": [row.keys for row in rows],
    }


def logs_columns(rows: Sequence[LogRow]) -> Columns:
    """See :attr:`cdc_lab.trace.Trace.logs`."""
    return {
        "at": [row.at for row in rows],
        "function": [row.function for row in rows],
        "request_id": [row.request_id for row in rows],
        "line": [row.line for row in rows],
    }


def log_events_columns(rows: Sequence[LogEvent]) -> Columns:
    """See :attr:`cdc_lab.trace.Trace.log_events`."""
    texts = ("function", "request_id", "log_stream", "kind", "line")
    return {
        "at": [row.at for row in rows],
        **{name: [getattr(row, name) for row in rows] for name in texts},
    }


_MILLISECONDS = ("IteratorAge", "Duration")


def metrics_columns(
    invocations: Sequence[InvocationRow],
    reads: Sequence[ReadRow],
    failures: Sequence[FailureRow],
    opted_in: set[str],
) -> Columns:
    """See :meth:`cdc_lab.trace.Trace.metrics`."""
    groups: dict[tuple[str, str, str, float], list[float]] = {}
    for at, metric, function, mapping, value in chain(
        _invocation_points(invocations, opted_in), _event_points(reads, failures, opted_in)
    ):
        minute = round(at * 1e6) // 60_000_000 * 60.0
        groups.setdefault((metric, function, mapping, minute), []).append(value)
    named = sorted(groups)
    values = [groups[name] for name in named]
    return {
        "metric": [name[0] for name in named],
        "function": [name[1] for name in named],
        "mapping": [name[2] for name in named],
        "timestamp": [name[3] for name in named],
        "unit": ["Milliseconds" if name[0] in _MILLISECONDS else "Count" for name in named],
        "sum": [math.fsum(some) for some in values],
        "average": [math.fsum(some) / len(some) for some in values],
        "minimum": [min(some) for some in values],
        "maximum": [max(some) for some in values],
        "sample_count": [len(some) for some in values],
    }


def _invocation_points(rows: Sequence[InvocationRow], opted_in: set[str]) -> Iterable[Point]:
    for row in rows:
        where = (row.function, row.mapping)
        if row.outcome == "throttled":
            yield (row.started, "Throttles", *where, 1.0)
            continue
        failed = row.outcome in ("error", "timeout")
        yield (row.started, "Invocations", *where, 1.0)
        yield (row.started, "Errors", *where, float(failed))
        yield (row.started, "Duration", *where, round((row.ended - row.started) * 1000, 3))
        if row.records and not math.isnan(row.written):  # messages of a queue have no such age
            yield (row.started, "IteratorAge", *where, round(_age(row) * 1000, 3))
        if row.mapping in opted_in:
            yield (row.started, "InvokedEventCount", *where, float(len(row.records)))
            if row.passed < len(row.records):
                yield (row.ended, "FailedInvokeEventCount", *where, float(len(row.records) - row.passed))


def _event_points(
    reads: Sequence[ReadRow], failures: Sequence[FailureRow], opted_in: set[str]
) -> Iterable[Point]:
    for read in reads:
        if read.mapping in opted_in:
            yield (read.at, "PolledEventCount", read.function, read.mapping, float(read.polled))
            yield (read.at, "FilteredOutEventCount", read.function, read.mapping, float(read.filtered))
    for row in failures:
        where = (row.function, row.mapping)
        if row.destination and not row.delivered:
            yield (row.at, "DestinationDeliveryFailures", *where, 1.0)  # C45
        if row.mapping not in opted_in:
            continue
        if row.delivered:
            yield (row.at, "OnFailureDestinationDeliveredEventCount", *where, float(row.records))
        elif row.condition != "ExpiredAtSource":
            yield (row.at, "DroppedEventCount", *where, float(row.records))
