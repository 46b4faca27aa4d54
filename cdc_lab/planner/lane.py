"""One of the concurrent batches of a shard, in the coarse simulation."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from cdc_lab.emulator.lambda_.event_source_mapping.delivery import backoff
from cdc_lab.planner import limits
from cdc_lab.planner.batches import Batch, ShardPlan
from cdc_lab.planner.engine import Engine

EPSILON = 1e-6
"""Seconds; epoch seconds as floats are no finer."""


class Reader(Protocol):
    """What a lane needs of its shard's poller.

    Attributes
    ----------
    position : int
        The number of the last record that was read, or lost.
    """

    position: int

    @property
    def engine(self) -> Engine:
        """What all shards share."""

    @property
    def shard(self) -> ShardPlan:
        """The shard."""

    @property
    def reader(self) -> int:
        """Which of the shard's readers it is."""

    @property
    def is_running(self) -> bool:
        """Whether it reads now."""

    def settled(self, at: float, lane: Lane, records: int) -> None:
        """A lane's batch is done."""


class Lane:
    """One of the concurrent batches of a shard: what the lab's ``_Lane`` and ``Delivery`` do.

    Attributes
    ----------
    opened : float
        Since when the batching window runs.
    busy_until : float
        When the invocation in flight ends.
    """

    __slots__ = (
        "_batch",
        "_due",
        "_engine",
        "_failures",
        "_invoked",
        "_pending",
        "_poller",
        "_queue",
        "_queued",
        "_round",
        "_settles",
        "busy_until",
        "opened",
    )

    def __init__(self, poller: Reader) -> None:
        self._poller = poller
        self._engine = poller.engine
        self._queue: deque[Batch] = deque()
        self._queued = 0
        self._batch: Batch | None = None
        self._pending: list[Batch] = []
        self._settles = 0
        self._failures = self._invoked = 0
        self._round = 0
        self._due: float | None = None
        self.opened = 0.0
        self.busy_until = 0.0

    def put(self, batch: Batch) -> None:
        """Queue records for this lane."""
        self._queue.append(batch)
        self._queued += batch.records

    def drop(self) -> int:
        """Forget what is not in flight; return how many records that are."""
        self._round += 1
        dropped, self._queued = self._queued, 0
        self._queue.clear()
        self._due = None
        dropped += sum(batch.records for batch in self._pending)
        self._pending = []
        if self._batch is not None and not self.busy_until:
            dropped += self._batch.records
            self._batch = None
        return dropped

    def wake(self, at: float) -> None:
        """Send a batch, if there is one and none is under way."""
        if self._batch is not None or not self._queued:
            return
        engine = self._engine
        most, window = engine.most, engine.parameters.window
        if window and self._queued < most:
            if self._due is None:
                opened = at if self.opened + window <= at else self.opened
                self._due = max(at, opened + window)
                engine.after(self._due, self._window_over, self._due)
            return
        self._due = None
        self.process(at, self._next(most))

    def _window_over(self, at: float, due: float) -> None:
        if due == self._due and self._batch is None:  # otherwise it was full before
            self._due = None
            self.process(at, self._next(self._engine.most))

    def _next(self, most: int) -> Batch:
        batch = self._queue.popleft()
        if batch.records > most:
            self._queue.appendleft(batch.part(most, batch.records))
            batch = batch.part(0, most)
        while self._queue and batch.records < most:
            other = self._queue.popleft()
            room = most - batch.records
            if other.records > room:
                self._queue.appendleft(other.part(room, other.records))
                other = other.part(0, room)
            bad = batch.bad if batch.bad >= 0 else batch.records + other.bad if other.bad >= 0 else -1
            batch = Batch(batch.records + other.records, batch.first, other.last, bad)
        self._queued -= batch.records
        return batch

    def process(self, at: float, batch: Batch) -> None:
        """Deliver a batch until each of its records is done or given up."""
        self._settles = batch.records
        self._settle(at, batch)

    def _settle(self, at: float, batch: Batch) -> None:
        self._failures = self._invoked = 0
        self._batch = batch
        self._attempt(at, self._round)

    def _attempt(self, at: float, planned: int) -> None:
        if planned != self._round or self._batch is None:
            return
        engine, poller = self._engine, self._poller
        batch = self._young(at, self._batch)
        if batch is None:
            return
        weight, reader = poller.shard.weight, poller.reader
        if engine.in_flight[reader] + EPSILON >= engine.limit:
            engine.metrics.throttle(at, weight)
            self._failures += 1
            self._pause(at, backoff(self._failures))
            return
        # A handler that meets the record that fails does no more.
        records = batch.records if batch.bad < 0 else batch.bad + 1
        seconds = engine.per_batch + records * engine.per_record
        timeout = engine.function.timeout
        is_late = seconds >= timeout - EPSILON
        if is_late:
            seconds = timeout
        at_once = engine.in_flight[reader] = engine.in_flight[reader] + weight
        self.busy_until = at + seconds
        engine.after(at + seconds, self._ended, (at, is_late, at_once))

    def _ended(self, at: float, how: tuple[float, bool, float]) -> None:
        started, is_late, at_once = how
        seconds = at - started
        engine, poller, batch = self._engine, self._poller, self._batch
        assert batch is not None
        weight = poller.shard.weight
        engine.in_flight[poller.reader] -= weight
        self.busy_until = 0.0
        engine.metrics.begin(started, started - batch.last, weight, at_once)
        if batch.bad < 0 and not is_late:
            engine.metrics.end(at, seconds, batch.records, weight)
            self._done(at)
            return
        engine.metrics.failed += weight
        passed = self._failed(at, batch, is_late)
        engine.metrics.end(at, seconds, passed, weight)

    def _failed(self, at: float, batch: Batch, is_late: bool) -> int:
        """Retry, divide or give up a batch (C17 to C36); return how many of it are done."""
        parameters = self._engine.parameters
        self._invoked += 1
        if parameters.reports_items and batch.bad > 0 and not is_late:
            self._again_with(at, [batch.part(batch.bad, batch.records)])
            return batch.bad
        if parameters.bisect and batch.records > 1:
            middle = (batch.records + 1) // 2
            self._again_with(at, [batch.part(0, middle), batch.part(middle, batch.records)])
        elif 0 <= parameters.max_retries < self._invoked:
            self._engine.metrics.given_up += batch.records * self._poller.shard.weight
            self._done(at)
        else:
            self._failures += 1
            self._pause(at, backoff(self._failures))
        return 0

    def _again_with(self, at: float, parts: list[Batch]) -> None:
        self._pending.extend(reversed(parts))
        self._batch = self._pending.pop()
        self._failures = self._invoked = 0
        self._pause(at, backoff(1))

    def _pause(self, at: float, seconds: float) -> None:
        # Wake early when the oldest record is about to be given up.
        assert self._batch is not None
        left = self._batch.first + self._oldest - at + EPSILON
        self._engine.after(at + max(0.0, min(seconds, left)), self._attempt, self._round)
        if not self._poller.is_running:  # the mapping was disabled meanwhile
            self._poller.position -= self.drop()

    @property
    def _oldest(self) -> float:
        max_age = self._engine.parameters.max_age
        return limits.RETENTION_SECONDS if max_age < 0 else min(limits.RETENTION_SECONDS, max_age)

    def _young(self, at: float, batch: Batch) -> Batch | None:
        """Give up what is too old, from the front of the batch; it may be all."""
        limit = at - self._oldest + EPSILON
        if batch.first > limit:
            return batch
        span = batch.last - batch.first
        share = 1.0 if batch.last <= limit or span <= 0 else (limit - batch.first) / span
        count = min(batch.records, int(share * (batch.records - 1)) + 1)
        metrics, gone = self._engine.metrics, count * self._poller.shard.weight
        if self._oldest < limits.RETENTION_SECONDS:
            metrics.given_up += gone
        else:
            metrics.expired += gone
        if count < batch.records:
            self._batch = batch.part(count, batch.records)
            return self._batch
        self._batch = None
        self._engine.after(at, self._all_dropped, self._round)  # not at once: a thousand may follow
        return None

    def _all_dropped(self, at: float, planned: int) -> None:
        if planned == self._round:
            self._done(at)

    def _done(self, at: float) -> None:
        """The batch is settled: its next part follows, or the next batch."""
        if self._pending and self._poller.is_running:
            self._settle(at, self._pending.pop())
            return
        self._batch = None
        self.opened = at
        if self._pending:  # the mapping was disabled meanwhile
            self._poller.position -= self.drop()
        self._poller.settled(at, self, self._settles)
