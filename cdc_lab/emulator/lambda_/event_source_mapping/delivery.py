"""Delivers one batch after another to the function: retries, bisects, gives up (C16 to C36)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cdc_lab.clock import MICROSECOND
from cdc_lab.emulator.lambda_.event_source_mapping.checkpoint import Checkpoint
from cdc_lab.emulator.lambda_.event_source_mapping.gate import Gate
from cdc_lab.emulator.lambda_.event_source_mapping.responses import BatchVerdict, judge
from cdc_lab.emulator.lambda_.event_source_mapping.roles import (
    Event,
    PolledMapping,
    PolledRecord,
    Records,
    ShardReader,
    Steps,
)
from cdc_lab.emulator.lambda_.event_source_mapping.windows import Window
from cdc_lab.emulator.lambda_.invocation import Invocation
from cdc_lab.emulator.lambda_.results import Result
from cdc_lab.emulator.streams.shards import RETENTION_SECONDS

FIRST_BACKOFF = 0.25
LONGEST_BACKOFF = 60.0


def backoff(failures: int) -> float:
    """Seconds between the n-th failure in a row and the next attempt.

    A model: that there is a backoff is known, its schedule is not (C22). Doubling from one poll
    interval up to a minute agrees with the one measurement there is: eight invocations before a
    record is 60 seconds old.
    """
    return float(min(FIRST_BACKOFF * 2 ** min(failures - 1, 30), LONGEST_BACKOFF))


class _Attempt(NamedTuple):
    verdict: BatchVerdict
    result: Result
    version: str


class Delivery:
    """One lane's way of bringing batches to the function.

    Parameters
    ----------
    mapping : PolledMapping
    shard : ShardReader
    checkpoint : Checkpoint
        Of the shard.
    gate : Gate
    lane : int
    window : Window, optional
        The shard's tumbling window.
    """

    def __init__(
        self,
        mapping: PolledMapping,
        shard: ShardReader,
        checkpoint: Checkpoint,
        gate: Gate,
        lane: int = 0,
        window: Window | None = None,
    ) -> None:
        self._mapping = mapping
        self._service = mapping.service
        self._shard = shard
        self._checkpoint = checkpoint
        self._gate = gate
        self._lane = lane
        self._window = window

    def process(self, records: Records) -> Steps:
        """Deliver a batch until each of its records is done or given up, in order."""
        pending = [records]
        while pending:
            rest = yield from self._settle(pending.pop())
            pending.extend(reversed(rest))

    def _settle(self, records: Records) -> Steps:
        # One batch: delivered again and again, until it passes, makes progress, splits or is given up.
        batch = self._mapping.next_batch()
        invoked = failures = 0
        error: str | None = None
        while True:
            records = self._without_expired(records, invoked)
            if not records:
                return []
            self._gate.check()
            attempt: _Attempt | None = yield from self._attempt(records, batch, invoked + 1)
            parameters = self._mapping.parameters
            if attempt is not None:
                invoked += 1
                verdict = attempt.verdict
                if verdict.passed == len(records):
                    yield from self._maybe_again(records, batch, invoked)
                    return []
                if verdict.passed:
                    # Progress: what is left is a new batch with retries of its own (C32, C35).
                    yield from self._pause(backoff(1), records[verdict.passed :])
                    return [records[verdict.passed :]]
                if verdict.error != LOST:
                    error = None if attempt.result.outcome == "success" else "Unhandled"  # C40
                    if parameters.bisect and len(records) > 1:
                        # Splitting does not use up a retry (C19). AWS does not say where the middle falls.
                        yield from self._pause(backoff(1), records)
                        middle = (len(records) + 1) // 2
                        return [records[:middle], records[middle:]]
                    if 0 <= parameters.max_retries < invoked:
                        self._give_up(records, "RetryAttemptsExhausted", invoked, attempt.version, error)
                        return []
                else:
                    invoked -= 1
            failures += 1
            yield from self._pause(backoff(failures), records)

    def _pause(self, seconds: float, records: Records) -> Steps:
        # Wake early when the oldest record is about to be given up: that is due then, not later.
        max_age = self._mapping.parameters.max_age
        limit = RETENTION_SECONDS if max_age < 0 else min(RETENTION_SECONDS, max_age)
        left = records[0].written + limit - self._service.clock.time() + MICROSECOND
        yield from self._gate.wait(self._service.env.timeout(max(0.0, min(seconds, left))))

    def _without_expired(self, records: Records, invoked: int) -> Records:
        now = self._service.clock.time()
        self._shard.trim(now)
        horizon = self._shard.horizon()
        if records[0].sequence_number <= horizon:
            records = self._drop(records, lambda r: r.sequence_number <= horizon, "ExpiredAtSource", invoked)
        max_age = self._mapping.parameters.max_age
        if records and max_age >= 0 and now - records[0].written >= max_age - MICROSECOND:
            limit = now - max_age + MICROSECOND
            records = self._drop(records, lambda r: r.written <= limit, "RecordAgeExceeded", invoked)
        return records

    def _drop(
        self, records: Records, is_over: Callable[[PolledRecord], bool], condition: str, invoked: int
    ) -> Records:
        # The oldest come first. Whether AWS gives up the whole batch with them is not established.
        count = next((n for n, record in enumerate(records) if not is_over(record)), len(records))
        self._give_up(records[:count], condition, invoked, "", None)
        return records[count:]

    def _give_up(
        self, records: Records, condition: str, invoked: int, version: str, error: str | None
    ) -> None:
        self._mapping.give_up(self._shard.shard_id, records, condition, invoked, version, error, self._event)
        self._checkpoint.done(records)

    # -- one attempt ----------------------------------------------------------------------------

    def _event(self, records: Records) -> Event:
        arn = self._mapping.stream_arn
        event: Event = {"Records": [record.to_event(arn) for record in records]}
        self._service.poison(event, records)
        if self._window is not None:
            self._window.decorate(event, is_final=not records)
        return event

    def _attempt(self, records: Records, batch: int, number: int, again: bool = False) -> Steps:
        """Invoke once; None when Lambda refused to (C16)."""
        service, mapping = self._service, self._mapping
        started = service.clock.time()
        place = (mapping.uuid, self._shard.shard_id, records[0].sequence_number if records else 0, started)
        invocation = service.begin(mapping.function_arn, lambda: self._event(records), place)
        if isinstance(invocation, str):
            self._record(
                records,
                batch=batch,
                attempt=number,
                outcome="throttled",
                error=invocation,
                passed=0,
                started=started,
                ended=started,
                invocation=None,
            )
            return None
        for seconds in invocation.steps():
            yield invocation.pause(seconds)
        result: Result = invocation.result
        verdict = self._judge(result, records, place)
        if verdict.passed and not again:
            self._checkpoint.done(records[: verdict.passed])
        outcome = result.outcome
        # The final invocation of a window has no records to pass, and may fail all the same.
        if outcome == "success" and (verdict.passed < len(records) or verdict.error):
            outcome = "partial" if verdict.partial else "error"
        mapping.processed(outcome)
        self._record(
            records,
            batch=batch,
            attempt=number,
            outcome=outcome,
            error=result.error or verdict.error,
            passed=verdict.passed,
            started=result.started,
            ended=result.ended,
            invocation=invocation,
        )
        service.after_invocation(invocation, mapping.stream_arn, self._shard.shard_id)
        return _Attempt(verdict, result, invocation.function.version)

    def _judge(self, result: Result, records: Records, place: tuple[object, ...]) -> BatchVerdict:
        if result.outcome != "success":
            return BatchVerdict(0)
        if self._window is not None and (missing := self._window.refuses(result.payload)):
            return BatchVerdict(0, error=missing)
        verdict = judge(result.payload, records, self._mapping.parameters.reports_items)
        if verdict.passed == len(records) and self._service.plan.draw("lost_acks", *place):
            return BatchVerdict(0, error=LOST)
        if self._window is not None and (verdict.passed or not records):
            self._window.keep(result.payload)
        return verdict

    def _maybe_again(self, records: Records, batch: int, invoked: int) -> Steps:
        # At least once (C15): the records are done, and come once more. Its outcome changes nothing.
        place = (self._mapping.uuid, self._shard.shard_id, records[0].sequence_number)
        if self._window is None and self._service.plan.draw("duplicates", *place):
            self._gate.check()
            yield from self._attempt(records, batch, invoked + 1, again=True)

    def _record(
        self,
        records: Records,
        *,
        batch: int,
        attempt: int,
        outcome: str,
        error: str,
        passed: int,
        started: float,
        ended: float,
        invocation: Invocation | None,
    ) -> None:
        self._service.recorder.add_invocation(
            request_id=invocation.request_id if invocation is not None else "",
            function=self._mapping.function_name,
            mapping=self._mapping.uuid,
            shard_id=self._shard.shard_id,
            lane=self._lane,
            batch=batch,
            attempt=attempt,
            started=started,
            ended=ended,
            records=records,
            outcome=outcome,
            error=error,
            checkpoint=self._checkpoint.position,
            passed=passed,
            cold_start=invocation is not None and invocation.was_cold,
        )

    def finish_window(self) -> Steps:
        """The final invocation of the tumbling window; nothing goes on until it succeeds (C59).

        Whether MaximumRetryAttempts and MaximumRecordAgeInSeconds end it is not established (C63): it has no
        records that could be discarded or that have an age. The lab repeats it for 24 hours and then goes on.
        """
        window = self._window
        if window is None or window.end is None:
            return
        batch, invoked, failures = self._mapping.next_batch(), 0, 0
        give_up_at = max(window.end, self._service.clock.time()) + RETENTION_SECONDS
        while self._service.clock.time() < give_up_at:
            self._gate.check()
            attempt: _Attempt | None = yield from self._attempt((), batch, invoked + 1)
            if attempt is not None:
                invoked += 1
                if attempt.result.outcome == "success" and not attempt.verdict.error:
                    break
            failures += 1
            yield from self._gate.wait(self._service.env.timeout(backoff(failures)))
        window.close()


LOST = "the acknowledgement was lost (a fault)"
