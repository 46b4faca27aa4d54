"""What happened in a run, as frames: a row per stream record, invocation, delivery, failure and log line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

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
from cdc_lab.trace.rows import (
    CallRow,
    ConflictRow,
    FailureRow,
    InvocationRow,
    LogRow,
    Mark,
    ReadRow,
    Record,
    RecordRow,
    RunRow,
    UnfollowedRow,
    log_events,
)
from cdc_lab.trace.spool import Spool
from cdc_lab.trace.tables import KINDS, Columns, TraceRows, as_rows

if TYPE_CHECKING:
    import pandas as pd

Draw = Callable[["Trace"], Any]


@dataclass
class Recorder:
    """Everything that happened since the lab was opened. Frames are made when somebody looks.

    Rows are made here and in no other place. Long runs go to disk as they grow; what stays in memory is
    bounded, and the columns of the stream records.

    Attributes
    ----------
    records : sequence of RecordRow
        The stream records, oldest first: the streams service's own list.
    polls, throttled_polls : dict of str to int
        Reads per mapping, empty ones included; reads refused for want of a reader's place (B15).
    opted_in : set of str
        Mappings whose ``MetricsConfig`` asks for EventCount (D2).
    messages : list of RecordRow
        The messages that mappings received from queues: the queue's name stands where a stream record has
        its shard, the message id where it has its event id.
    conflicts : sequence of ConflictRow
        Requests for items that ongoing transactions refused: the backend's own list.
    draw : callable, optional
        What `Trace.plot` draws with: the trace itself knows no figures.
    """

    records: Sequence[RecordRow] = ()
    invocations: Spool[InvocationRow] = field(default_factory=lambda: Spool(InvocationRow._make, _weight))
    failures: Spool[FailureRow] = field(default_factory=lambda: Spool(FailureRow._make))
    reads: Spool[ReadRow] = field(default_factory=lambda: Spool(ReadRow._make))
    logs: Spool[LogRow] = field(default_factory=lambda: Spool(LogRow._make))
    runs: Spool[RunRow] = field(default_factory=lambda: Spool(RunRow._make))
    calls: Spool[CallRow] = field(default_factory=lambda: Spool(CallRow._make))
    unfollowed: Spool[UnfollowedRow] = field(default_factory=lambda: Spool(UnfollowedRow._make))
    polls: dict[str, int] = field(default_factory=dict)
    throttled_polls: dict[str, int] = field(default_factory=dict)
    opted_in: set[str] = field(default_factory=set)
    messages: list[RecordRow] = field(default_factory=list)
    conflicts: Sequence[ConflictRow] = ()
    draw: Draw | None = None
    _message_numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    _last: dict[tuple[str, str, int], tuple[int, ...]] = field(default_factory=dict)

    # -- what mappings report -----------------------------------------------------------------------

    def add_invocation(
        self,
        *,
        request_id: str,
        function: str,
        mapping: str,
        shard_id: str,
        lane: int,
        batch: int,
        attempt: int,
        started: float,
        ended: float,
        records: Sequence[Record],
        outcome: str,
        error: str,
        checkpoint: int,
        passed: int,
        cold_start: bool,
        failed: tuple[int, ...] | None = None,
    ) -> None:
        """Add an attempt of a mapping to deliver a batch; `request_id` is empty when Lambda refused it."""
        row = InvocationRow(
            request_id=request_id,
            function=function,
            mapping=mapping,
            shard_id=shard_id,
            lane=lane,
            batch=batch,
            attempt=attempt,
            started=started,
            ended=ended,
            records=self._numbers((mapping, shard_id, lane), records),
            written=records[-1].written if records else float("nan"),
            outcome=outcome,
            error=error,
            checkpoint=checkpoint,
            passed=passed,
            cold_start=cold_start,
            failed=failed,
        )
        self.invocations.append(row)

    def _numbers(self, lane: tuple[str, str, int], records: Sequence[Record]) -> tuple[int, ...]:
        # The attempts of one batch share the numbers of its records.
        numbers = tuple([record.sequence_number for record in records])
        last = self._last.get(lane)
        if numbers == last:
            return last
        self._last[lane] = numbers
        return numbers

    def add_failure(
        self,
        *,
        at: float,
        function: str,
        mapping: str,
        condition: str,
        shard_id: str,
        sequence_numbers: Sequence[int],
        invoke_count: int,
        destination: str,
        delivered: bool,
    ) -> None:
        """Add a run of records that was given up."""
        row = FailureRow(
            at=at,
            function=function,
            mapping=mapping,
            condition=condition,
            shard_id=shard_id,
            start_sequence_number=sequence_numbers[0],
            end_sequence_number=sequence_numbers[-1],
            records=len(sequence_numbers),
            invoke_count=invoke_count,
            destination=destination,
            delivered=delivered,
        )
        self.failures.append(row)

    def add_message(self, *, queue: str, message_id: str, sent: float, size: int) -> int:
        """Add a message that a mapping received from a queue, once; return its number."""
        number = self._message_numbers.setdefault((queue, message_id), len(self.messages) + 1)
        if number > len(self.messages):
            row = RecordRow(
                written=sent,
                table="",
                shard_id=queue,
                sequence_number=number,
                event_id=message_id,
                event_name="",
                keys="",
                size=size,
            )
            self.messages.append(row)
        return number

    def add_read(self, *, at: float, function: str, mapping: str, polled: int, filtered: int) -> None:
        """Add a read that found records."""
        self.reads.append(
            ReadRow(at=at, function=function, mapping=mapping, polled=polled, filtered=filtered)
        )

    def count_polls(self, mapping: str, polls: int) -> None:
        """Count reads of a mapping, empty ones included."""
        self.polls[mapping] = self.polls.get(mapping, 0) + polls

    def count_throttled_poll(self, mapping: str) -> None:
        """Count a read that was refused for want of a reader's place (B15)."""
        self.throttled_polls[mapping] = self.throttled_polls.get(mapping, 0) + 1

    def opt_in(self, mapping: str, is_in: bool) -> None:
        """Note whether a mapping's ``MetricsConfig`` asks for the EventCount family (D2)."""
        (self.opted_in.add if is_in else self.opted_in.discard)(mapping)

    # -- what functions report ----------------------------------------------------------------------

    def add_run(
        self,
        *,
        started: float,
        ended: float,
        function: str,
        region: str,
        version: str,
        request_id: str,
        log_stream: str,
        memory_size: int,
        init: float,
        status: str,
        lines: Sequence[tuple[float, str]],
        calls: Sequence[tuple[float, str, str, int, str, float]],
        unfollowed: Sequence[tuple[float, str, str]],
    ) -> None:
        """Add a run of a handler that has ended.

        Parameters
        ----------
        lines : sequence of (float, str)
            That it logged: lab time and text.
        calls : sequence of tuple
            The attempts of calls that it made: lab time, service, operation, number of the attempt, outcome,
            seconds that it took.
        unfollowed : sequence of (float, str, str)
            What it did in real time: lab time, kind, program or address.
        """
        if unfollowed:
            self.unfollowed.extend(
                UnfollowedRow(at=at, function=function, request_id=request_id, kind=kind, target=target)
                for at, kind, target in unfollowed
            )
        self.calls.extend(
            CallRow(
                at=at,
                function=function,
                request_id=request_id,
                service=service,
                operation=operation,
                attempt=attempt,
                outcome=outcome,
                took=took,
            )
            for at, service, operation, attempt, outcome, took in calls
        )
        before = len(self.logs)
        self.logs.extend(
            LogRow(at=at, function=function, request_id=request_id, log_stream=log_stream, line=line)
            for at, line in lines
        )
        row = RunRow(
            started=started,
            ended=ended,
            function=function,
            region=region,
            version=version,
            request_id=request_id,
            log_stream=log_stream,
            memory_size=memory_size,
            init=init,
            status=status,
            first_line=before,
            last_line=len(self.logs),
        )
        self.runs.append(row)

    # -- traces -------------------------------------------------------------------------------------

    @contextmanager
    def slice(self) -> Iterator[Callable[[], Trace]]:
        """Give what happens inside as a trace; the callable gives it, once the block is left."""
        since = self.mark()
        until: list[Mark] = []
        try:
            yield lambda: Trace(self, since, until[0])
        finally:
            until.append(self.mark())

    def mark(self) -> Mark:
        """Return where everything stands now: a trace may begin here."""
        return Mark(
            records=len(self.records),
            invocations=len(self.invocations),
            failures=len(self.failures),
            reads=len(self.reads),
            logs=len(self.logs),
            runs=len(self.runs),
            calls=len(self.calls),
            conflicts=len(self.conflicts),
            unfollowed=len(self.unfollowed),
        )

    def trace(self, since: Mark | None = None) -> Trace:
        """Return what happened from that mark (by default: the lab's start) until now."""
        return Trace(self, since or Mark(), self.mark())


def _weight(row: InvocationRow) -> int:
    return 1 + len(row.records) // 16  # so many references weigh about as much as the rest of the row


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

    def __init__(self, recorder: Recorder, since: Mark, until: Mark) -> None:
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
    def writes(self) -> pd.DataFrame:
        """The former name of `records`."""
        return self.records

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
