"""Brings one batch of messages to the function, and deletes what it has processed.

Source: the Lambda guide's page "Handling errors for an SQS event source in Lambda".
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from cdc_lab.emulator.lambda_.event_source_mapping.delivery import LOST, backoff
from cdc_lab.emulator.lambda_.event_source_mapping.gate import Gate
from cdc_lab.emulator.lambda_.event_source_mapping.queue_roles import (
    Messages,
    PolledQueueMapping,
    ReadableQueue,
)
from cdc_lab.emulator.lambda_.event_source_mapping.responses import reported
from cdc_lab.emulator.lambda_.event_source_mapping.roles import Event, Steps
from cdc_lab.emulator.lambda_.invocation import Invocation
from cdc_lab.emulator.lambda_.results import Result


class _QueueVerdict(NamedTuple):
    """Which messages failed, by their place in the batch; `is_partial` where the answer named them."""

    failed: Collection[int]
    is_partial: bool = False
    error: str = ""


class _Row(NamedTuple):
    """A message, as the trace counts it. IteratorAge is a metric of streams, so it has no age (D1)."""

    sequence_number: int
    written: float = float("nan")


class QueueDelivery:
    """One batch's way to the function.

    Messages that fail are left alone: they come back when their visibility timeout has passed. A batch that
    Lambda throttles is tried again until that moment.

    Parameters
    ----------
    mapping : PolledQueueMapping
    queue : ReadableQueue
    gate : Gate
    lane : int
        Which of the batches that run at the same time.
    """

    def __init__(self, mapping: PolledQueueMapping, queue: ReadableQueue, gate: Gate, lane: int) -> None:
        self._mapping = mapping
        self._service = mapping.service
        self._queue = queue
        self._gate = gate
        self._lane = lane

    def process(self, messages: Messages) -> Steps:
        """Deliver a batch once, or not at all when throttles last too long."""
        batch = self._mapping.next_batch()
        visible_again = min(message.visible_again for message in messages)
        attempts = 0
        while True:
            self._gate.check()
            attempts += 1
            failed: Collection[int] | None = yield from self._attempt(messages, batch, attempts)
            if failed is not None:
                break
            wait = backoff(attempts)
            if self._service.clock.time() + wait >= visible_again:
                return
            yield from self._gate.wait(self._service.env.timeout(wait))
        done = [message.receipt_handle for place, message in enumerate(messages) if place not in failed]
        self._queue.delete(done)
        first = messages[0]
        if not failed and self._service.plan.draw("duplicates", self._mapping.uuid, first.message_id):
            # At least once (C15): the messages are deleted, and come once more.
            self._gate.check()
            yield from self._attempt(messages, batch, attempts + 1)

    def _event(self, messages: Messages) -> Event:
        return {"Records": [message.to_event() for message in messages]}

    def _attempt(self, messages: Messages, batch: int, number: int) -> Steps:
        """Invoke once; gives the places of the messages that failed, None when Lambda refused to."""
        service, mapping = self._service, self._mapping
        started = service.clock.time()
        place = (mapping.uuid, messages[0].message_id, messages[0].receive_count, started)
        invocation = service.begin(mapping.function_arn, lambda: self._event(messages), place)
        if isinstance(invocation, str):
            verdict = _QueueVerdict(range(len(messages)), error=invocation)
            self._record(messages, batch, number, "throttled", verdict, started, started, None)
            return None
        for seconds in invocation.steps():
            yield invocation.pause(seconds)
        result = invocation.result
        verdict = self._judge(result, messages, place)
        outcome = result.outcome
        if outcome == "success" and verdict.failed:
            outcome = "partial" if verdict.is_partial else "error"
        self._record(messages, batch, number, outcome, verdict, result.started, result.ended, invocation)
        service.log(invocation)
        return verdict.failed

    def _judge(self, result: Result, messages: Messages, place: tuple[object, ...]) -> _QueueVerdict:
        everything = range(len(messages))
        if result.outcome != "success":
            return _QueueVerdict(everything, error=result.error)
        if self._mapping.parameters.reports_items:
            places = {message.message_id: number for number, message in enumerate(messages)}
            failed, error = reported(result.payload, places, "messageId")
            if error:
                return _QueueVerdict(everything, error=error)
            if failed:
                return _QueueVerdict(failed, is_partial=True)
        if self._service.plan.draw("lost_acks", *place):
            return _QueueVerdict(everything, error=LOST)
        return _QueueVerdict(())

    def _record(
        self,
        messages: Messages,
        batch: int,
        number: int,
        outcome: str,
        verdict: _QueueVerdict,
        started: float,
        ended: float,
        invocation: Invocation | None,
    ) -> None:
        recorder = self._service.recorder
        numbers = [
            recorder.add_message(
                queue=self._queue.name,
                message_id=message.message_id,
                sent=message.sent,
                size=message.event_size(),
            )
            for message in messages
        ]
        recorder.add_invocation(
            request_id=invocation.request_id if invocation is not None else "",
            function=self._mapping.function_name,
            mapping=self._mapping.uuid,
            shard_id=self._queue.name,
            lane=self._lane,
            batch=batch,
            attempt=number,
            started=started,
            ended=ended,
            records=[_Row(sequence_number) for sequence_number in numbers],
            outcome=outcome,
            error=verdict.error,
            checkpoint=0,
            passed=len(messages) - len(verdict.failed),
            failed=tuple(numbers[place] for place in sorted(verdict.failed)),
            cold_start=invocation is not None and invocation.was_cold,
        )
