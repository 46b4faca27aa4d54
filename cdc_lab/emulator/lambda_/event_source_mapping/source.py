"""Where a poller's records come from: one shard, read in order, filtered, at four polls a second."""

from __future__ import annotations

import math
from collections.abc import Callable

from cdc_lab.emulator.lambda_.event_source_mapping.gate import Gate
from cdc_lab.emulator.lambda_.event_source_mapping.roles import (
    PolledMapping,
    PolledRecord,
    Records,
    ShardReader,
    Steps,
)

POLL_SECONDS = 0.25  # C10: a base rate of 4 polls a second
PAGE_RECORDS = 1000  # B12


class ShardSource:
    """Reads one shard for one mapping.

    Parameters
    ----------
    mapping : PolledMapping
        For its parameters and counts.
    shard : ShardReader
    position : int
        Where to begin.
    gate : Gate
        How the poller waits.

    Attributes
    ----------
    position : int
        Everything up to here was read (or filtered out, or lost).
    caught_up : bool
        Whether the last read emptied the shard.
    is_waiting : bool
        Whether the poller waits for records, with nothing in its hands.
    """

    def __init__(
        self,
        mapping: PolledMapping,
        shard: ShardReader,
        position: int,
        gate: Gate,
        on_idle: Callable[[], None],
    ) -> None:
        self._mapping = mapping
        self._service = mapping.service
        self._env = mapping.service.env
        self._on_idle = on_idle
        self.shard = shard
        self.position = position
        self.gate = gate
        self.caught_up = False
        self.is_waiting = False
        self._origin = float(self._env.now)
        self._last_tick = self._counted = -1

    @property
    def has_ended(self) -> bool:
        """Whether the shard is closed and was read to its end (B14)."""
        return self.caught_up and self.shard.is_closed and self.position >= self.shard.latest()

    def read(self, limit: int) -> Steps:
        """Poll once; gives the records that pass the filters, at most `limit`."""
        mapping, places = self._mapping, self._service.places
        tick = self._tick()
        while not places.admit(mapping.stream_arn, self.shard.shard_id, mapping.uuid, tick):
            self._service.recorder.count_throttled_poll(mapping.uuid)
            yield from self._until_tick(tick + 1)
            tick = self._tick()
        return self._poll(min(limit, PAGE_RECORDS), tick)

    def _poll(self, limit: int, tick: int) -> list[PolledRecord]:
        mapping, shard, service = self._mapping, self.shard, self._service
        self._count(1)
        self._last_tick = tick
        now = service.clock.time()
        shard.trim(now)
        if shard.horizon() > self.position:
            self._lose()
        found = shard.read(self.position, limit)
        if not found:
            self.caught_up = True
            self.position = max(self.position, shard.latest())
            return []
        self.position = found[-1].sequence_number
        self.caught_up = self.position >= shard.latest()
        passes = mapping.parameters.passes
        kept = list(found) if passes is None else [r for r in found if passes(r.to_event(mapping.stream_arn))]
        service.recorder.add_read(
            at=now,
            function=mapping.function_name,
            mapping=mapping.uuid,
            polled=len(found),
            filtered=len(found) - len(kept),
        )
        return kept

    def _lose(self) -> None:
        # Trimmed before it was read: gone at the source, known to nobody but the lab.
        horizon = self.shard.horizon()
        lost = [
            row.sequence_number
            for row in self._service.recorder.records
            if row.shard_id == self.shard.shard_id and self.position < row.sequence_number <= horizon
        ]
        if lost:
            self._mapping.give_up_lost(self.shard.shard_id, lost)
        self.position = horizon

    def unread(self, records: Records) -> None:
        """Put the last records read back."""
        self.position = records[0].sequence_number - 1
        self.caught_up = False

    def wait(self, until: float | None = None, idle: bool = False) -> Steps:
        """Wait for records: until the next poll that can find some, or until that time.

        Parameters
        ----------
        until : float, optional
            Seconds on the environment's axis.
        idle : bool
            Whether nothing is in hand: then nothing is due until a record comes.
        """
        shard, env = self.shard, self._env
        shard.trim(self._service.clock.time())
        if self.position >= shard.latest() and not shard.is_closed:
            self._set_waiting(idle)
            changed = shard.wait()
            if changed is not None:
                wake = changed if until is None else changed | env.timeout(max(0.0, until - env.now))
                yield from self.gate.wait(wake)
                self._set_waiting(False)
                if until is not None and env.now >= until - 1e-9:
                    return
        tick = max(math.ceil((env.now - self._origin) / POLL_SECONDS - 1e-9), self._last_tick + 1)
        # The polls in between found nothing: they are counted, not made. The one to come counts itself.
        self._count(tick - max(self._last_tick, self._counted) - 1)
        at = self._origin + tick * POLL_SECONDS
        if until is not None and at > until:
            at = until
        yield from self._sleep_until(at)
        self._set_waiting(False)

    def count_idle_polls(self) -> None:
        """Count the empty polls made until now by a poller that waits for records."""
        if self.is_waiting:
            tick = self._tick()
            self._count(tick - max(self._last_tick, self._counted))
            self._counted = tick

    def _set_waiting(self, idle: bool) -> None:
        if self.is_waiting != idle:
            self.is_waiting = idle
            self._on_idle()

    def _tick(self) -> int:
        return int((float(self._env.now) - self._origin) / POLL_SECONDS + 1e-9)

    def _until_tick(self, tick: int) -> Steps:
        yield from self._sleep_until(self._origin + tick * POLL_SECONDS)

    def _sleep_until(self, moment: float) -> Steps:
        delay = moment - self._env.now
        if delay > 0:
            yield from self.gate.wait(self._env.timeout(delay))

    def _count(self, polls: int) -> None:
        self._service.recorder.count_polls(self._mapping.uuid, polls)
