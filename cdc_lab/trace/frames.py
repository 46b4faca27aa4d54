"""Rows to typed frames: the only place where a trace meets pandas."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

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

if TYPE_CHECKING:
    import pandas as pd

_TIME = "datetime64[us, UTC]"
_TEXT = "str"

Point = tuple[float, str, str, str, float]  # at, metric, function, mapping, value


def _frame(columns: dict[str, tuple[list[Any], str]]) -> pd.DataFrame:
    # Imported when somebody looks: opening a lab must not wait for pandas (0.4 s).
    import pandas as pd

    made: dict[str, Any] = {}
    for name, (values, kind) in columns.items():
        if kind == _TIME:
            micros = [round(value * 1e6) for value in values]
            made[name] = pd.to_datetime(pd.Series(micros, dtype="int64"), unit="us", utc=True).dt.as_unit(
                "us"
            )
        else:
            made[name] = pd.Series(values, dtype=kind)
    return pd.DataFrame(made)


def _ms(seconds: Iterable[float]) -> list[float]:
    return [round(value * 1000, 3) for value in seconds]


def records_frame(rows: Sequence[RecordRow]) -> pd.DataFrame:
    """See :attr:`cdc_lab.trace.Trace.records`."""
    return _frame(
        {
            "written_at": ([row.written for row in rows], _TIME),
            "table": ([row.table for row in rows], _TEXT),
            "shard_id": ([row.shard_id for row in rows], _TEXT),
            "sequence_number": ([str(row.sequence_number) for row in rows], _TEXT),
            "event_id": ([row.event_id for row in rows], _TEXT),
            "event_name": ([row.event_name for row in rows], _TEXT),
            "keys": ([row.keys for row in rows], _TEXT),
            "size_bytes": ([row.size for row in rows], "int64"),
        }
    )


def invocations_frame(rows: Sequence[InvocationRow], first: int) -> pd.DataFrame:
    """See :attr:`cdc_lab.trace.Trace.invocations`."""
    return _frame(
        {
            "invocation": (list(range(first, first + len(rows))), "int64"),
            "request_id": ([row.request_id for row in rows], _TEXT),
            "function": ([row.function for row in rows], _TEXT),
            "mapping": ([row.mapping for row in rows], _TEXT),
            "shard_id": ([row.shard_id for row in rows], _TEXT),
            "lane": ([row.lane for row in rows], "int64"),
            "batch": ([row.batch for row in rows], "int64"),
            "attempt": ([row.attempt for row in rows], "int64"),
            "started_at": ([row.started for row in rows], _TIME),
            "ended_at": ([row.ended for row in rows], _TIME),
            "duration_ms": (_ms(row.ended - row.started for row in rows), "float64"),
            "records": ([len(row.records) for row in rows], "int64"),
            "first_sequence_number": ([_sequence(row.records, 0) for row in rows], _TEXT),
            "last_sequence_number": ([_sequence(row.records, -1) for row in rows], _TEXT),
            "outcome": ([row.outcome for row in rows], _TEXT),
            "error": ([row.error for row in rows], _TEXT),
            "checkpoint": ([str(row.checkpoint) if row.mapping else "" for row in rows], _TEXT),
            "iterator_age_ms": (_ms(_age(row) for row in rows), "float64"),
            "cold_start": ([row.cold_start for row in rows], "bool"),
        }
    )


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


def deliveries_frame(rows: Sequence[InvocationRow], records: Iterable[RecordRow], first: int) -> pd.DataFrame:
    """See :attr:`cdc_lab.trace.Trace.deliveries`; `rows` start with the lab, so that counts are whole."""
    found = list(_deliveries(rows, records, first))
    return _frame(
        {
            "invocation": ([one.number for one in found], "int64"),
            "function": ([one.row.function for one in found], _TEXT),
            "mapping": ([one.row.mapping for one in found], _TEXT),
            "shard_id": ([one.row.shard_id for one in found], _TEXT),
            "lane": ([one.row.lane for one in found], "int64"),
            "position": ([one.position for one in found], "int64"),
            "event_id": ([one.record.event_id for one in found], _TEXT),
            "event_name": ([one.record.event_name for one in found], _TEXT),
            "sequence_number": ([str(one.record.sequence_number) for one in found], _TEXT),
            "keys": ([one.record.keys for one in found], _TEXT),
            "written_at": ([one.record.written for one in found], _TIME),
            "delivered_at": ([one.row.started for one in found], _TIME),
            "delivery": ([one.nth for one in found], "int64"),
            "outcome": ([one.outcome for one in found], _TEXT),
        }
    )


def failures_frame(rows: Sequence[FailureRow]) -> pd.DataFrame:
    """See :attr:`cdc_lab.trace.Trace.failures`."""
    return _frame(
        {
            "at": ([row.at for row in rows], _TIME),
            "function": ([row.function for row in rows], _TEXT),
            "mapping": ([row.mapping for row in rows], _TEXT),
            "condition": ([row.condition for row in rows], _TEXT),
            "shard_id": ([row.shard_id for row in rows], _TEXT),
            "start_sequence_number": ([str(row.start_sequence_number) for row in rows], _TEXT),
            "end_sequence_number": ([str(row.end_sequence_number) for row in rows], _TEXT),
            "records": ([row.records for row in rows], "int64"),
            "invoke_count": ([row.invoke_count for row in rows], "int64"),
            "destination": ([row.destination for row in rows], _TEXT),
            "delivered": ([row.delivered for row in rows], "bool"),
        }
    )


def calls_frame(rows: Sequence[CallRow]) -> pd.DataFrame:
    """See :attr:`cdc_lab.trace.Trace.calls`."""
    texts = ("function", "request_id", "service", "operation")
    return _frame(
        {
            "at": ([row.at for row in rows], _TIME),
            **{name: ([getattr(row, name) for row in rows], _TEXT) for name in texts},
            "attempt": ([row.attempt for row in rows], "int64"),
            "outcome": ([row.outcome for row in rows], _TEXT),
            "took_ms": (_ms(row.took for row in rows), "float64"),
        }
    )


def unfollowed_frame(rows: Sequence[UnfollowedRow]) -> pd.DataFrame:
    """See :attr:`cdc_lab.trace.Trace.unfollowed`."""
    texts = ("function", "request_id", "kind", "target")
    return _frame(
        {
            "at": ([row.at for row in rows], _TIME),
            **{name: ([getattr(row, name) for row in rows], _TEXT) for name in texts},
        }
    )


def conflicts_frame(rows: Sequence[ConflictRow]) -> pd.DataFrame:
    """See :attr:`cdc_lab.trace.Trace.conflicts`."""
    return _frame(
        {
            "at": ([row.at for row in rows], _TIME),
            "table": ([row.table for row in rows], _TEXT),
            "keys": ([row.keys for row in rows], _TEXT),
        }
    )


def logs_frame(rows: Sequence[LogRow]) -> pd.DataFrame:
    """See :attr:`cdc_lab.trace.Trace.logs`."""
    return _frame(
        {
            "at": ([row.at for row in rows], _TIME),
            "function": ([row.function for row in rows], _TEXT),
            "request_id": ([row.request_id for row in rows], _TEXT),
            "line": ([row.line for row in rows], _TEXT),
        }
    )


def log_events_frame(rows: Sequence[LogEvent]) -> pd.DataFrame:
    """See :attr:`cdc_lab.trace.Trace.log_events`."""
    texts = ("function", "request_id", "log_stream", "kind", "line")
    return _frame(
        {
            "at": ([row.at for row in rows], _TIME),
            **{name: ([getattr(row, name) for row in rows], _TEXT) for name in texts},
        }
    )


_MILLISECONDS = ("IteratorAge", "Duration")


def metrics_frame(
    invocations: Sequence[InvocationRow],
    reads: Sequence[ReadRow],
    failures: Sequence[FailureRow],
    opted_in: set[str],
) -> pd.DataFrame:
    """See :meth:`cdc_lab.trace.Trace.metrics`."""
    import pandas as pd

    points = [*_invocation_points(invocations, opted_in), *_event_points(reads, failures, opted_in)]
    columns = ("at", "metric", "function", "mapping", "value")
    values = [list(column) for column in zip(*points, strict=True)] or [[] for _ in columns]
    kinds = (_TIME, _TEXT, _TEXT, _TEXT, "float64")
    frame = _frame({name: (column, kind) for name, column, kind in zip(columns, values, kinds, strict=True)})
    frame["timestamp"] = frame["at"].dt.floor("min")
    grouped: pd.DataFrame = (
        frame.groupby(["metric", "function", "mapping", "timestamp"])["value"]
        .agg(sum="sum", average="mean", minimum="min", maximum="max", sample_count="size")
        .reset_index()
    )
    unit = grouped["metric"].map(lambda name: "Milliseconds" if name in _MILLISECONDS else "Count")
    grouped.insert(4, "unit", pd.Series(unit, dtype=_TEXT))
    return grouped


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
            yield (row.at, "DestinationDeliveryFailures", *where, 1.0)  # D-metric per L9, C45
        if row.mapping not in opted_in:
            continue
        if row.delivered:
            yield (row.at, "OnFailureDestinationDeliveredEventCount", *where, float(row.records))
        elif row.condition != "ExpiredAtSource":
            yield (row.at, "DroppedEventCount", *where, float(row.records))
