"""What the emulator notes of a run: plain rows, from which `Trace` makes frames."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Record(Protocol):
    """What the trace needs of a stream record."""

    @property
    def sequence_number(self) -> int:
        """Its position in the shard."""

    @property
    def written(self) -> float:
        """Lab time of the write, in epoch seconds."""


class RecordRow(NamedTuple):
    """One stream record, or one message of a queue.

    Times are lab time in epoch seconds; `size` is ``SizeBytes``.
    """

    written: float
    table: str
    shard_id: str
    sequence_number: int
    event_id: str
    event_name: str
    keys: str
    size: int


class InvocationRow(NamedTuple):
    """One invocation, or one attempt that was throttled. Times are lab time in epoch seconds.

    An asynchronous event has no mapping, and its number as `batch`.

    `records` are the batch's sequence numbers: the rest of a record stands in `Recorder.records`, and the
    record itself may be forgotten when the stream trims it. A batch's retries share them: a delivery
    costs one reference. `written` is the time of the last one, NaN for none. `passed` counts those that are
    done: from the front, unless `failed` names those that are not.
    """

    request_id: str
    function: str
    mapping: str
    shard_id: str
    lane: int
    batch: int
    attempt: int
    started: float
    ended: float
    records: tuple[int, ...]
    written: float
    outcome: str
    error: str
    checkpoint: int
    passed: int
    cold_start: bool
    failed: tuple[int, ...] | None = None

    def ended_well(self, position: int) -> bool:
        """Whether the record at that position of the batch needs no further delivery."""
        return position < self.passed if self.failed is None else self.records[position] not in self.failed


class FailureRow(NamedTuple):
    """Records given up, in one piece."""

    at: float
    function: str
    mapping: str
    condition: str
    shard_id: str
    start_sequence_number: int
    end_sequence_number: int
    records: int
    invoke_count: int
    destination: str
    delivered: bool


class ReadRow(NamedTuple):
    """One read that found records."""

    at: float
    function: str
    mapping: str
    polled: int
    filtered: int


class LogRow(NamedTuple):
    """One line of a function's log."""

    at: float
    function: str
    request_id: str
    log_stream: str
    line: str


class CallRow(NamedTuple):
    """One attempt of a call that a handler made; `took` is lab time in seconds.

    `outcome` is ``ok``, an error code, the name of an exception, ``UnprocessedItems`` or ``UnprocessedKeys``
    where a batch was done in part, or ``unanswered`` where the invocation ended first.
    """

    at: float
    function: str
    request_id: str
    service: str
    operation: str
    attempt: int
    outcome: str
    took: float


class UnfollowedRow(NamedTuple):
    """What a handler did in real time: `kind` is ``process`` or ``socket``."""

    at: float
    function: str
    request_id: str
    kind: str
    target: str


class RunRow(NamedTuple):
    """One run of a handler, as Lambda itself reports it to the log.

    `first_line` and `last_line` delimit its lines among the `LogRow`s; `init` is the time that a fresh
    environment took, in seconds; `status` is ``timeout``, ``exit`` or empty.
    """

    started: float
    ended: float
    function: str
    region: str
    version: str
    request_id: str
    log_stream: str
    memory_size: int
    init: float
    status: str
    first_line: int
    last_line: int

    def report(self) -> str:
        """The REPORT line. The lab measures no memory: as SAM's local runner, it shows all there is."""
        duration = round((self.ended - self.started) * 1000, 2)
        init = round(self.init * 1000, 2)
        fields = [
            f"REPORT RequestId: {self.request_id}",
            f"Duration: {duration:.2f} ms",
            f"Billed Duration: {math.ceil(duration + init)} ms",
            f"Memory Size: {self.memory_size} MB",
            f"Max Memory Used: {self.memory_size} MB",
        ]
        if init:
            fields.append(f"Init Duration: {init:.2f} ms")
        return "\t".join([*fields, _STATUS[self.status]])


# How REPORT ends. After a handler that returned or raised, nothing stands behind the last tab: so do the logs
# that people have published.
_STATUS = {"": "", "timeout": "Status: timeout", "exit": "Status: error\tError Type: Runtime.ExitError"}


class LogEvent(NamedTuple):
    """One line as CloudWatch Logs has it; `kind` is START, LOG, END or REPORT."""

    at: float
    function: str
    request_id: str
    log_stream: str
    kind: str
    line: str


def log_events(runs: Sequence[RunRow], lines: Sequence[LogRow]) -> list[LogEvent]:
    """What Lambda and handlers wrote, by time: between START and END the handler's own lines.

    Parameters
    ----------
    runs : sequence of RunRow
    lines : sequence of LogRow
        All of the lab's, for the runs refer to them by place.
    """
    events: list[LogEvent] = []
    for run in runs:
        who = (run.function, run.request_id, run.log_stream)
        start = f"START RequestId: {run.request_id} Version: {run.version}"
        events.append(LogEvent(run.started, *who, "START", start))
        events += [LogEvent(row.at, *who, "LOG", row.line) for row in lines[run.first_line : run.last_line]]
        events.append(LogEvent(run.ended, *who, "END", f"END RequestId: {run.request_id}"))
        events.append(LogEvent(run.ended, *who, "REPORT", run.report()))
    return sorted(events, key=lambda event: event.at)


class ConflictRow(NamedTuple):
    """One request for an item that was refused, because the item belongs to an ongoing transaction."""

    at: float
    table: str
    keys: str


class Mark(NamedTuple):
    """Counts of rows at one moment."""

    records: int = 0
    invocations: int = 0
    failures: int = 0
    reads: int = 0
    logs: int = 0
    runs: int = 0
    calls: int = 0
    conflicts: int = 0
    unfollowed: int = 0
