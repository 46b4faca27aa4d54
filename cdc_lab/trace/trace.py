"""What happened in a run, as frames: one row per write, invocation, delivery, failure and log line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cdc_lab.trace.frames import (
    calls_frame,
    deliveries_frame,
    failures_frame,
    invocations_frame,
    log_events_frame,
    logs_frame,
    metrics_frame,
    writes_frame,
)
from cdc_lab.trace.rows import (
    CallRow,
    FailureRow,
    InvocationRow,
    LogRow,
    Mark,
    ReadRow,
    Record,
    RunRow,
    log_events,
)
from cdc_lab.trace.spool import Spool

if TYPE_CHECKING:
    import pandas as pd

    from cdc_lab.plots import Drawn

__all__ = [
    "CallRow",
    "FailureRow",
    "InvocationRow",
    "LogRow",
    "Mark",
    "ReadRow",
    "Recorder",
    "RunRow",
    "Trace",
    "log_events",
]


@dataclass
class Recorder:
    """Everything that happened since the lab was opened. Frames are made when somebody looks.

    Long runs go to disk as they grow; what stays in memory is bounded, and the writes' columns.

    Attributes
    ----------
    writes : list of tuple
        Rows in the order of the `Trace.writes` columns; the streams service's own list.
    polls, throttled_polls : dict of str to int
        Reads per mapping, empty ones included; reads refused for want of a reader's place (B15).
    opted_in : set of str
        Mappings whose ``MetricsConfig`` asks for EventCount (D2).
    """

    writes: Sequence[tuple[Any, ...]] = ()
    invocations: Spool[InvocationRow] = field(default_factory=lambda: Spool(InvocationRow._make, _weight))
    failures: Spool[FailureRow] = field(default_factory=lambda: Spool(FailureRow._make))
    reads: Spool[ReadRow] = field(default_factory=lambda: Spool(ReadRow._make))
    logs: Spool[LogRow] = field(default_factory=lambda: Spool(LogRow._make))
    runs: Spool[RunRow] = field(default_factory=lambda: Spool(RunRow._make))
    calls: Spool[CallRow] = field(default_factory=lambda: Spool(CallRow._make))
    polls: dict[str, int] = field(default_factory=dict)
    throttled_polls: dict[str, int] = field(default_factory=dict)
    opted_in: set[str] = field(default_factory=set)
    _last: dict[tuple[Any, ...], tuple[int, ...]] = field(default_factory=dict)

    def invocation(
        self,
        invocation: Any,
        mapping: Any,
        shard_id: str,
        lane: int,
        batch: int,
        attempt: int,
        started: float,
        ended: float,
        records: Sequence[Record],
        *rest: Any,
    ) -> None:
        """Add an attempt of a mapping; `invocation` is None when Lambda refused it."""
        request_id = invocation.request_id if invocation is not None else ""
        cold = invocation is not None and invocation.was_cold
        where = (
            request_id,
            mapping.function_name,
            mapping.uuid,
            shard_id,
            lane,
            batch,
            attempt,
            started,
            ended,
        )
        numbers = self._numbers(where[2:5], records)
        written = records[-1].written if records else float("nan")
        self.invocations.append(InvocationRow._make((*where, numbers, written, *rest, cold)))

    def _numbers(self, lane: tuple[Any, ...], records: Sequence[Record]) -> tuple[int, ...]:
        numbers = tuple([record.sequence_number for record in records])
        last = self._last.get(lane)
        if numbers == last:
            return last
        self._last[lane] = numbers
        return numbers

    def read(self, at: float, mapping: Any, polled: int, filtered: int) -> None:
        """Add a read that found records."""
        self.reads.append(ReadRow(at, mapping.function_name, mapping.uuid, polled, filtered))

    def log(self, invocation: Any) -> None:
        """Add a run of a handler that has ended, the calls that it made, and the lines that it logged."""
        function, stream = invocation.function, invocation.instance.log_stream_name
        name, request_id, result = function.name, invocation.request_id, invocation.result
        self.calls.extend(invocation.calls)
        before = len(self.logs)
        if invocation.lines:
            self.logs.extend(LogRow(at, name, request_id, stream, line) for at, line in invocation.lines)
        self.runs.append(
            RunRow(
                result.started, result.ended, name, request_id, stream, function.memory_size,
                invocation.init, result.status, before, len(self.logs),
            )
        )  # fmt: skip

    @contextmanager
    def slice(self) -> Iterator[Callable[[], Trace]]:
        """What happens inside, as a trace; the callable gives it, once the block is left."""
        since = self.mark()
        until: list[Mark] = []
        try:
            yield lambda: Trace(self, since, until[0])
        finally:
            until.append(self.mark())

    def mark(self) -> Mark:
        """Where everything stands now: a trace may begin here."""
        return Mark(
            len(self.writes),
            len(self.invocations),
            len(self.failures),
            len(self.reads),
            len(self.logs),
            len(self.runs),
            len(self.calls),
        )

    def trace(self, since: Mark | None = None) -> Trace:
        """What happened from that mark (by default: the lab's start) until now."""
        return Trace(self, since or Mark(0, 0, 0, 0, 0), self.mark())


def _weight(row: InvocationRow) -> int:
    return 1 + len(row.records) // 16  # so many references weigh about as much as the rest of the row


class Trace:
    """What happened between two moments of a lab.

    All times are UTC timestamps in lab time; sequence numbers are strings of digits (A8).
    """

    def __init__(self, recorder: Recorder, since: Mark, until: Mark) -> None:
        self._recorder = recorder
        self._since = since
        self._until = until
        self._frames: dict[str, pd.DataFrame] = {}

    def __repr__(self) -> str:
        first, last = self._since.invocations, self._until.invocations
        rows = self._recorder.invocations.between(first, last)
        delivered = sum(len(row.records) for row in rows if row.outcome != "throttled")
        failures = self._rows("failures")
        text = (
            f"Trace: {self._until.writes - self._since.writes} writes, {last - first} invocations, "
            f"{delivered} deliveries"
        )
        given_up = sum(row.records for row in failures)
        return f"<{text}, {given_up} records given up>" if failures else f"<{text}>"

    def _rows(self, table: str) -> Sequence[Any]:
        rows: Sequence[Any] = getattr(self._recorder, table)
        return rows[getattr(self._since, table) : getattr(self._until, table)]

    @property
    def writes(self) -> pd.DataFrame:
        """One row per stream record written.

        Columns: written_at, table, shard_id, sequence_number, event_id, event_name, keys,
        size_bytes.
        """
        if "writes" not in self._frames:
            self._frames["writes"] = writes_frame(self._rows("writes"))
        return self._frames["writes"]

    @property
    def invocations(self) -> pd.DataFrame:
        """One row per invocation of a mapping, throttled attempts included.

        Columns: invocation (number since the lab's start), request_id, function, mapping, shard_id,
        lane, batch (a split or a partial response makes new ones), attempt (1 and up within the
        batch), started_at, ended_at, duration_ms, records, first_sequence_number,
        last_sequence_number, outcome (success, partial, error, timeout, throttled), error,
        checkpoint (the shard's, after it), iterator_age_ms (D1), cold_start.
        """
        if "invocations" not in self._frames:
            self._frames["invocations"] = invocations_frame(
                self._rows("invocations"), self._since.invocations
            )
        return self._frames["invocations"]

    @property
    def deliveries(self) -> pd.DataFrame:
        """One row per record and invocation that it was delivered to.

        Columns: invocation, function, mapping, shard_id, lane, position (in the batch, from 0),
        event_id, event_name, sequence_number, keys, written_at, delivered_at, delivery (the n-th of
        this record to this mapping, counted from the lab's start), outcome (``success`` where the
        checkpoint passed over it; otherwise that of the invocation).
        """
        if "deliveries" not in self._frames:
            everything = self._recorder.invocations[: self._until.invocations]
            self._frames["deliveries"] = deliveries_frame(
                everything, self._recorder.writes, self._since.invocations
            )
        return self._frames["deliveries"]

    @property
    def failures(self) -> pd.DataFrame:
        """One row per run of records that were given up.

        Columns: at, function, mapping, condition (RetryAttemptsExhausted, RecordAgeExceeded,
        ExpiredAtSource), shard_id, start_sequence_number, end_sequence_number, records,
        invoke_count, destination (ARN, or empty), delivered (whether the destination took it).
        """
        if "failures" not in self._frames:
            self._frames["failures"] = failures_frame(self._rows("failures"))
        return self._frames["failures"]

    @property
    def calls(self) -> pd.DataFrame:
        """One row per attempt of a call that a handler made, as its invocation ended.

        Columns: at, function, request_id, service, operation, attempt (1 and up within the call),
        outcome (ok, an error code, an exception's name, unanswered), took_ms.
        """
        if "calls" not in self._frames:
            self._frames["calls"] = calls_frame(self._rows("calls"))
        return self._frames["calls"]

    @property
    def logs(self) -> pd.DataFrame:
        """One row per line that handlers logged: at, function, request_id, line."""
        if "logs" not in self._frames:
            self._frames["logs"] = logs_frame(self._rows("logs"))
        return self._frames["logs"]

    @property
    def log_events(self) -> pd.DataFrame:
        """The same lines among those of Lambda itself, as CloudWatch Logs has them.

        Columns: at, function, request_id, log_stream, kind (START, LOG, END, REPORT), line.
        """
        if "log_events" not in self._frames:
            events = log_events(self._rows("runs"), self._recorder.logs)
            self._frames["log_events"] = log_events_frame(events)
        return self._frames["log_events"]

    def metrics(self) -> pd.DataFrame:
        """AWS's metrics, one row per metric, mapping and minute.

        Columns: timestamp (start of the minute), metric, function, mapping, unit, sum, average,
        minimum, maximum, sample_count. IteratorAge, Invocations, Errors, Throttles and Duration are
        always there; the EventCount family only for mappings that ask for it by ``MetricsConfig``,
        and DroppedEventCount leaves out what a destination took and what expired at the source
        (D1, D2).
        """
        return metrics_frame(
            self._rows("invocations"), self._rows("reads"), self._rows("failures"), self._recorder.opted_in
        )

    @property
    def polls(self) -> dict[str, int]:
        """GetRecords calls per mapping since the lab's start, empty ones included."""
        return dict(self._recorder.polls)

    def plot(self) -> Drawn:
        """The event flow: writes, batches, retries and failures over time."""
        from cdc_lab.plots import event_flow

        return event_flow(self)
