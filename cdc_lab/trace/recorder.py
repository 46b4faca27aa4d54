"""What happens in a lab, noted as it happens: a row per invocation, failure, read, call and log line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

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
)
from cdc_lab.trace.spool import Spool
from cdc_lab.trace.trace import Draw, Trace


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
    return 1 + len(row.records) // 16  # 16 references weigh about as much as the rest of the row
