"""What happened in a run, as frames: a row per stream record, invocation, delivery, failure and log line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

from cdc_lab.errors import LabError
from cdc_lab.trace.columns import (
    calls_columns,
    conflicts_columns,
    deliveries_columns,
    failures_columns,
    invocations_columns,
    log_events_columns,
    logs_columns,
    metrics_columns,
    records_columns,
    unfollowed_columns,
)
from cdc_lab.trace.frames import as_frame
from cdc_lab.trace.rows import InvocationRow, LogRow, Mark, RecordRow, RunRow, log_events
from cdc_lab.trace.spool import Spool
from cdc_lab.trace.tables import KINDS, Columns, TraceRows, as_rows

if TYPE_CHECKING:
    import pandas as pd

Draw = Callable[["Trace"], Any]


class Recorded(Protocol):
    """What a trace needs of the recorder whose rows it shows."""

    @property
    def records(self) -> Sequence[RecordRow]:
        """The stream records, oldest first."""

    @property
    def messages(self) -> Sequence[RecordRow]:
        """The messages that mappings received from queues."""

    @property
    def invocations(self) -> Spool[InvocationRow]:
        """The invocations of mappings, and the events that were delivered asynchronously."""

    @property
    def runs(self) -> Sequence[RunRow]:
        """The runs of handlers."""

    @property
    def logs(self) -> Sequence[LogRow]:
        """The lines that handlers logged."""

    @property
    def opted_in(self) -> set[str]:
        """The mappings whose ``MetricsConfig`` asks for EventCount (D2)."""

    @property
    def polls(self) -> Mapping[str, int]:
        """The reads of each mapping."""

    @property
    def draw(self) -> Draw | None:
        """What draws a trace."""


_PLAIN: dict[str, Callable[[Any], Columns]] = {
    "records": records_columns,
    "failures": failures_columns,
    "calls": calls_columns,
    "unfollowed": unfollowed_columns,
    "conflicts": conflicts_columns,
    "logs": logs_columns,
}


class Trace:
    """What happened between two moments of a lab.

    All times are UTC timestamps in lab time; sequence numbers are strings of digits (A8).

    Its tables are frames of pandas where that is installed (``pip install "cdc-lab[frames]"``), and lists of
    named tuples with the same columns where it is not. `rows` gives the lists always:
    ``[row.error for row in trace.rows.invocations]``.
    """

    def __init__(self, recorder: Recorded, since: Mark, until: Mark) -> None:
        self._recorder = recorder
        self._since = since
        self._until = until
        self._tables: dict[str, Any] = {}

    def __repr__(self) -> str:
        first, last = self._since.invocations, self._until.invocations
        rows = self._recorder.invocations.between(first, last)
        delivered = sum(len(row.records) for row in rows if row.outcome != "throttled")
        failures = self._rows("failures")
        text = (
            f"Trace: {self._until.records - self._since.records} stream records, {last - first} invocations, "
            f"{delivered} deliveries"
        )
        conflicts = self._until.conflicts - self._since.conflicts
        if conflicts:
            text += f", {conflicts} transaction conflict{'s' * (conflicts > 1)}"
        if failures:
            text += f", {sum(row.records for row in failures)} records given up"
        unfollowed = self._rows("unfollowed")
        if unfollowed:
            text += f", {len(unfollowed)} processes and sockets in real time"
        return f"<{text}>"

    def _rows(self, table: str) -> Sequence[Any]:
        rows: Sequence[Any] = getattr(self._recorder, table)
        return rows[getattr(self._since, table) : getattr(self._until, table)]

    def _columns(self, table: str) -> Columns:
        if table == "invocations":
            return invocations_columns(self._rows(table), self._since.invocations)
        if table == "deliveries":
            return deliveries_columns(
                self._recorder.invocations[: self._until.invocations],
                chain(self._recorder.records, self._recorder.messages),
                self._since.invocations,
            )
        if table == "log_events":
            return log_events_columns(log_events(self._rows("runs"), self._recorder.logs))
        if table == "metrics":
            invocations, reads, failures = map(self._rows, ("invocations", "reads", "failures"))
            return metrics_columns(invocations, reads, failures, self._recorder.opted_in)
        return _PLAIN[table](self._rows(table))

    def _table(self, table: str) -> Any:
        if table not in self._tables:
            columns = self._columns(table)
            frame = as_frame(KINDS[table], columns)
            self._tables[table] = as_rows(KINDS[table], columns) if frame is None else frame
        return self._tables[table]

    @property
    def rows(self) -> TraceRows:
        """The same tables as lists of typed rows, also where pandas is installed."""
        return TraceRows(self._columns)

    @property
    def records(self) -> pd.DataFrame:
        """One row per stream record. A write that changes nothing leaves none (A24).

        Columns: written_at, table, shard_id, sequence_number, event_id, event_name, keys,
        size_bytes.
        """
        frame: pd.DataFrame = self._table("records")
        return frame

    @property
    def invocations(self) -> pd.DataFrame:
        """One row per invocation of a mapping, and per attempt to deliver an event asynchronously.

        Throttled attempts are included. An asynchronous event has no mapping, shard, records or checkpoint;
        its number stands as the batch. What a caller waits for is not here: see `log_events`.

        Where a queue is read, shard_id is its name, and messages are numbered as they are received; their
        iterator_age_ms is empty, for queues have none.

        Columns: invocation (number since the lab's start), request_id, function, mapping, shard_id,
        lane, batch (a split or a partial response makes new ones), attempt (1 and up within the
        batch), started_at, ended_at, duration_ms, records, first_sequence_number,
        last_sequence_number, outcome (success, partial, error, timeout, throttled), error,
        checkpoint (the shard's, after it), iterator_age_ms (D1), cold_start.
        """
        frame: pd.DataFrame = self._table("invocations")
        return frame

    @property
    def deliveries(self) -> pd.DataFrame:
        """One row per record and invocation that it was delivered to.

        Columns: invocation, function, mapping, shard_id, lane, position (in the batch, from 0),
        event_id, event_name, sequence_number, keys, written_at, delivered_at, delivery (the n-th of
        this record to this mapping, counted from the lab's start), outcome (``success`` where the
        checkpoint passed over it; otherwise that of the invocation).
        """
        frame: pd.DataFrame = self._table("deliveries")
        return frame

    @property
    def failures(self) -> pd.DataFrame:
        """One row per run of records that were given up together: sum `records` to count them.

        Columns: at, function, mapping, condition (RetryAttemptsExhausted, RecordAgeExceeded,
        ExpiredAtSource), shard_id, start_sequence_number, end_sequence_number, records,
        invoke_count, destination (ARN, or empty), delivered (whether the destination took it).

        What expired at the source after an outage is one row for each shard. AWS would say nothing of it:
        no destination gets it, and it does not count as dropped (D2).
        """
        frame: pd.DataFrame = self._table("failures")
        return frame

    @property
    def calls(self) -> pd.DataFrame:
        """One row per attempt of a call that a handler made, as its invocation ended.

        Columns: at, function, request_id, service, operation, attempt (1 and up within the call),
        outcome (ok, an error code, an HTTP status, an exception's name, UnprocessedItems or UnprocessedKeys
        where a batch was done in part, unanswered), took_ms.
        """
        frame: pd.DataFrame = self._table("calls")
        return frame

    @property
    def unfollowed(self) -> pd.DataFrame:
        """One row per process that a handler started, and per socket that it connected within this machine.

        The lab cannot follow them: they take real time and no lab time, faults do not strike them, and equal
        seeds need not give equal runs. Empty for a handler that is all lab time.

        Columns: at, function, request_id, kind (process, socket), target (the program, or host and port).
        """
        frame: pd.DataFrame = self._table("unfollowed")
        return frame

    @property
    def conflicts(self) -> pd.DataFrame:
        """One row per request for an item that was refused: a transaction on the item was under way (D35).

        ``len(trace.conflicts)`` is what CloudWatch sums up as TransactionConflict. A transaction that met two
        such items counts twice. Requests that a fault refused are not among them.

        Columns: at, table, keys.
        """
        frame: pd.DataFrame = self._table("conflicts")
        return frame

    @property
    def logs(self) -> pd.DataFrame:
        """One row per line that handlers logged: at, function, request_id, line."""
        frame: pd.DataFrame = self._table("logs")
        return frame

    @property
    def log_events(self) -> pd.DataFrame:
        """The same lines among those of Lambda itself, as CloudWatch Logs has them.

        Columns: at, function, request_id, log_stream, kind (START, LOG, END, REPORT), line.
        """
        frame: pd.DataFrame = self._table("log_events")
        return frame

    def metrics(self) -> pd.DataFrame:
        """AWS's metrics, one row per metric, mapping and minute.

        Columns: timestamp (start of the minute), metric, function, mapping, unit, sum, average,
        minimum, maximum, sample_count. IteratorAge, Invocations, Errors, Throttles and Duration are
        always there; the EventCount family only for mappings that ask for it by ``MetricsConfig``,
        and DroppedEventCount leaves out what a destination took and what expired at the source
        (D1, D2).
        """
        frame: pd.DataFrame = self._table("metrics")
        return frame

    @property
    def polls(self) -> dict[str, int]:
        """GetRecords calls per mapping since the lab's start, empty ones included."""
        return dict(self._recorder.polls)

    def plot(self) -> Any:
        """Draw the event flow: records, batches, retries and failures over time.

        Returns
        -------
        cdc_lab.plots.Drawn

        Raises
        ------
        LabError
            For a trace that no lab recorded: draw it with ``cdc_lab.plots.event_flow(trace)``.
        """
        draw = self._recorder.draw
        if draw is None:
            raise LabError("no lab recorded this trace: draw it with cdc_lab.plots.event_flow(trace)")
        return draw(self)
