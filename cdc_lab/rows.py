"""What the emulator notes of a run: plain rows, from which `Trace` makes frames."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Record(Protocol):
    """What the trace needs of a stream record."""

    sequence_number: int
    written: float


class InvocationRow(NamedTuple):
    """One invocation, or one attempt that was throttled. Times are lab time in epoch seconds.

    `records` are the batch's sequence numbers: the rest of a record stands in `Recorder.writes`, and the
    record itself may be forgotten when the stream trims it. A batch's retries share them: a delivery
    costs one reference. `written` is the time of the last one, NaN for none.
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


class Mark(NamedTuple):
    """Counts of rows at one moment."""

    writes: int
    invocations: int
    failures: int
    reads: int
    logs: int
