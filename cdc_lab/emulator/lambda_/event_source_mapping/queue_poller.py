"""Reads a queue for one mapping: receives, gathers batches, and lets several of them run at once."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import simpy

from cdc_lab.emulator.lambda_.event_source_mapping.batcher import ENVELOPE_BYTES, PAYLOAD_BYTES
from cdc_lab.emulator.lambda_.event_source_mapping.gate import Gate, Stopped
from cdc_lab.emulator.lambda_.event_source_mapping.queue_delivery import QueueDelivery
from cdc_lab.emulator.lambda_.event_source_mapping.queue_roles import (
    Messages,
    PolledQueueMapping,
    QueueMessage,
    ReadableQueue,
)
from cdc_lab.emulator.lambda_.event_source_mapping.roles import Steps

RECEIVED_AT_ONCE = 10
"""How many messages one ReceiveMessage gives."""
# The Lambda guide's page "Configuring scaling behavior for SQS event source mappings".
FIRST_BATCHES = 5
BATCHES_PER_MINUTE = 300
MOST_BATCHES = 1000


class QueuePoller:
    """Reads one queue for one mapping.

    Lambda polls a queue by long polling, so that a message is received when it becomes visible. Up to five
    batches are processed at a time, and 300 more with each minute in which messages are left;
    ``ScalingConfig.MaximumConcurrency`` limits them. A batching window starts with the first message.

    Parameters
    ----------
    mapping : PolledQueueMapping
    queue : ReadableQueue

    Attributes
    ----------
    process : simpy.Process
        Ends when the poller was stopped and no invocation is in flight.
    """

    def __init__(self, mapping: PolledQueueMapping, queue: ReadableQueue) -> None:
        self._mapping = mapping
        self._queue = queue
        self._clock = mapping.service.clock
        self._env = mapping.service.env
        self._gate = Gate(self._env)
        self._running: dict[int, tuple[Gate, simpy.Process]] = {}
        self._left_over: list[QueueMessage] = []
        self._is_busy = False
        self._busy_since = 0.0
        self._set_busy(True)
        self.process: simpy.Process = self._env.process(self._run())

    def __repr__(self) -> str:
        return f"<QueuePoller {self._queue.name} {len(self._running)} batches in flight>"

    @property
    def is_drained(self) -> bool:
        """Whether the queue holds nothing more, also nothing delayed or invisible, and nothing runs."""
        return not self._is_busy and self._queue.is_empty()

    def stop(self) -> None:
        """End after the invocations in flight. Messages that were received come back to the queue."""
        self._gate.stop()
        for gate, _ in self._running.values():
            gate.stop()

    def _set_busy(self, busy: bool) -> None:
        if busy != self._is_busy:
            self._is_busy = busy
            self._busy_since = float(self._env.now)
            activity = self._mapping.service.activity
            (activity.begin if busy else activity.end)()

    def _run(self) -> Steps:
        try:
            while True:
                limit = self._limit()
                if len(self._running) >= limit:
                    yield from self._wait(self._next_minute())
                    continue
                self._start((yield from self._gather()))
        except Stopped:
            pass
        while self._running:
            yield from self._ended()
        self._set_busy(False)

    def _ended(self) -> Steps:
        yield self._env.all_of([process for _, process in self._running.values()])

    # -- how many batches at a time -----------------------------------------------------------------

    def _limit(self) -> int:
        most = self._mapping.parameters.concurrency or MOST_BATCHES
        minutes = int((float(self._env.now) - self._busy_since) / 60 + 1e-9)
        return min(most, FIRST_BATCHES + BATCHES_PER_MINUTE * minutes)

    def _next_minute(self) -> float:
        passed = float(self._env.now) - self._busy_since
        return float(self._env.now) + 60 - passed % 60

    def _start(self, batch: Messages) -> None:
        lane = next(number for number in range(len(self._running) + 1) if number not in self._running)
        gate = Gate(self._env)
        delivery = QueueDelivery(self._mapping, self._queue, gate, lane)
        self._running[lane] = gate, self._env.process(self._deliver(delivery, lane, batch))

    def _deliver(self, delivery: QueueDelivery, lane: int, batch: Messages) -> Steps:
        try:
            yield from delivery.process(batch)
        except Stopped:
            pass
        finally:
            del self._running[lane]
            self._queue.wake()  # there is room for another batch, and a message group may be free again

    # -- one batch ----------------------------------------------------------------------------------

    def _gather(self) -> Steps:
        batch: list[QueueMessage] = []
        size = ENVELOPE_BYTES
        due = 0.0
        while True:
            self._gate.check()
            self._set_busy(True)
            parameters = self._mapping.parameters
            found = self._left_over or self._receive(
                min(parameters.batch_size - len(batch), RECEIVED_AT_ONCE)
            )
            self._left_over = []
            if found and not batch:
                due = float(self._env.now) + parameters.window
            for place, message in enumerate(found):
                if size + message.event_size() > PAYLOAD_BYTES and batch:
                    self._left_over = found[place:]  # 6 MB (C11)
                    return batch
                batch.append(message)
                size += message.event_size()
            if batch and (len(batch) >= parameters.batch_size or self._env.now >= due - 1e-9):
                return batch
            if not found:
                yield from self._wait(due if batch else None, in_hand=bool(batch))

    def _receive(self, limit: int) -> list[QueueMessage]:
        found = list(self._queue.receive(limit))
        passes = self._mapping.parameters.passes
        kept = found if passes is None else [message for message in found if passes(_readable(message))]
        if len(kept) < len(found):
            self._queue.delete([message.receipt_handle for message in found if message not in kept])
        if found:
            self._mapping.service.recorder.add_read(
                at=self._clock.time(),
                function=self._mapping.function_name,
                mapping=self._mapping.uuid,
                polled=len(found),
                filtered=len(found) - len(kept),
            )
        return kept

    def _wait(self, until: float | None, in_hand: bool = False) -> Steps:
        """Wait for news of the queue, for a message that comes back, or until that time."""
        news = self._queue.wait()
        moments = [] if until is None else [until]
        back = self._queue.due_at()
        if back is not None:
            moments.append(self._clock.on_axis(back))
        if moments:
            news = news | self._env.timeout(max(0.0, min(moments) - float(self._env.now)))
        self._set_busy(in_hand or bool(self._running) or not self._queue.is_empty())
        yield from self._gate.wait(news)


def _readable(message: QueueMessage) -> dict[str, Any]:
    # Patterns look into the body where it is JSON; a plain string is compared as it is.
    record = message.to_event()
    with suppress(ValueError):
        record["body"] = json.loads(record["body"])
    return record
