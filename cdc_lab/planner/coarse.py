"""The coarse simulation: the poller's own rules, with counts in the place of records.

Each invocation is an event, and nothing smaller: a batch is a number of records and the times of its first
and its last one. What the lab's poller (``emulator.lambda_.event_source_mapping``) decides for a list of
records is decided here for a number: when it polls (C10), what it gathers (C11), where concurrent batches
take their records from (C14), what it does with a throttle or a failure (C16 to C22), who may read (B15).
Its constants and its backoff are used, not repeated.

Shards that differ in nothing are not all simulated: a sample stands for them, each member with its weight.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from cdc_lab.emulator.lambda_.event_source_mapping.lifecycle import TRANSITION_SECONDS
from cdc_lab.emulator.lambda_.event_source_mapping.source import POLL_SECONDS
from cdc_lab.planner import limits
from cdc_lab.planner.batches import Batch, ShardPlan
from cdc_lab.planner.engine import Engine
from cdc_lab.planner.lane import EPSILON, Lane

_TINY = 1e-9  # of a poll interval


def read_shards(
    engine: Engine, shards: Sequence[ShardPlan], pauses: Sequence[tuple[float, float]], seconds: float
) -> None:
    """Read shards from their beginning until the run's end; the engine's metrics tell what came of it.

    Parameters
    ----------
    engine : Engine
    shards : sequence of ShardPlan
    pauses : sequence of (float, float)
        Between which seconds the mappings are disabled.
    seconds : float
    """
    pollers = [ShardPoller(engine, shard, reader) for shard in shards for reader in range(engine.readers)]

    def stop(at: float, _: Any) -> None:
        for poller in everyone():
            poller.stop()

    def go_on(at: float, _: Any) -> None:
        for poller in everyone():
            poller.start(at)

    def everyone() -> list[ShardPoller]:
        return [*pollers, *(child for poller in pollers for child in poller.children)]

    for poller in pollers:
        engine.after(TRANSITION_SECONDS, poller.start)
    for start, end in pauses:
        engine.after(start, stop)
        engine.after(end + TRANSITION_SECONDS, go_on)
    engine.run(seconds)


class ShardPoller:
    """One reader's poller of one shard: what the lab's ``ShardPoller``, source and batcher do.

    Attributes
    ----------
    position : int
        The number of the last record that was read, or lost.
    """

    def __init__(self, engine: Engine, shard: ShardPlan, reader: int) -> None:
        self.engine = engine
        self.shard = shard
        self.reader = reader
        self._name = str(id(shard))  # what the readers of one shard have in common
        self.position = 0
        self._origin = 0.0
        self._last_tick = -1
        self._is_running = False
        self._is_done = False
        self._round = 0  # polls that were planned before a stop are forgotten by it
        count = engine.parameters.parallelization
        self._is_single = count == 1
        self._room = count * engine.parameters.batch_size
        self._waits_for_room = False
        self._outstanding = 0
        self.lanes = [Lane(self) for _ in range(count)]
        self.children: list[ShardPoller] = []

    # -- life --------------------------------------------------------------------------------------

    def start(self, at: float, _: Any = None) -> None:
        """Begin to read, or to read again."""
        if self._is_running or self._is_done:
            return
        busy = max((lane.busy_until for lane in self.lanes), default=0.0)
        if busy > at:  # what was in flight ends before anything new begins
            self.engine.after(busy, self.start)
            return
        self._is_running = True
        self._origin, self._last_tick = at, -1
        for lane in self.lanes:
            lane.opened = at
        self._poll(at, self._round)

    def stop(self) -> None:
        """Read no more; what is in flight ends, and what was not delivered is read again later."""
        if not self._is_running:
            return
        self._is_running, self._waits_for_room = False, False
        self._round += 1
        self.position -= sum(lane.drop() for lane in self.lanes)
        self._outstanding = 0

    @property
    def is_running(self) -> bool:
        """Whether it reads now."""
        return self._is_running

    # -- polls -------------------------------------------------------------------------------------

    def _tick_from(self, at: float) -> float:
        """Return the next poll that is not before that moment, and after the last one."""
        tick = max(math.ceil((at - self._origin) / POLL_SECONDS - _TINY), self._last_tick + 1)
        return self._origin + tick * POLL_SECONDS

    def _admitted(self, at: float) -> bool:
        """Whether this reader may read now (B15); otherwise it asks again in the next interval."""
        places = self.engine.places
        self._last_tick = int((at - self._origin) / POLL_SECONDS + _TINY)
        if places is None or places.admit("stream", self._name, str(self.reader), self._last_tick):
            return True
        again = self._origin + (self._last_tick + 1) * POLL_SECONDS
        self.engine.after(again, self._poll, self._round)
        return False

    def _poll(self, at: float, planned: int) -> None:
        if planned != self._round or not self._is_running or not self._admitted(at):
            return
        shard = self.shard
        self._forget(at)
        found = shard.arrivals.count(min(at, shard.closes)) - self.position
        if found <= 0:
            self._wait(at)
        elif self._is_single:
            self._gather(at, found)
        else:
            self._feed(at, found)

    def _wait(self, at: float) -> None:
        shard = self.shard
        following = shard.arrivals.written(self.position + 1)
        if following > shard.closes:
            if at >= shard.closes - EPSILON:
                if self._is_single or self._outstanding == 0:
                    self._finish(at)
                return
            following = shard.closes
        if following < math.inf:
            self.engine.after(self._tick_from(max(at, following)), self._poll, self._round)

    def _finish(self, at: float) -> None:
        """Start the children: the shard was read to its end, and all of it is done (B19)."""
        self._is_done, self._is_running = True, False
        for child in self.shard.children:
            poller = ShardPoller(self.engine, child, self.reader)
            self.children.append(poller)
            poller.start(at)

    def _forget(self, at: float) -> None:
        """Forget the records that are older than 24 hours (A38)."""
        if at <= limits.RETENTION_SECONDS:
            return
        gone = self.shard.arrivals.count(at - limits.RETENTION_SECONDS)
        if gone > self.position:
            self.engine.metrics.expired += (gone - self.position) * self.shard.weight
            self.position = gone

    def _take(self, records: int) -> Batch:
        """Read this number of records."""
        before = self.position
        self.position = before + records
        written, poison = self.shard.arrivals.written, self.shard.poison
        bad = poison - before - 1 if before < poison <= self.position else -1
        return Batch(records, written(before + 1), written(self.position), bad)

    # -- one batch at a time -----------------------------------------------------------------------

    def _gather(self, at: float, found: int) -> None:
        """Fill the one lane's batch, and wait for the batching window where there is one (C11)."""
        engine, lane = self.engine, self.lanes[0]
        most, window = engine.most, engine.parameters.window
        if window and found < engine.parameters.batch_size and found < most:
            opened = at if lane.opened + window <= at else lane.opened
            due = opened + window
            if at < due - _TINY:
                full = self._tick_from(self.shard.arrivals.written(self.position + most))
                self.engine.after(min(full, due), self._send_gathered, self._round)
                return
        lane.process(at, self._take(min(found, most)))

    def _send_gathered(self, at: float, planned: int) -> None:
        if planned != self._round or not self._is_running:
            return
        self._last_tick = int((at - self._origin) / POLL_SECONDS + _TINY)
        found = self.shard.arrivals.count(min(at, self.shard.closes)) - self.position
        self.lanes[0].process(at, self._take(min(found, self.engine.most)))

    # -- several batches at a time -----------------------------------------------------------------

    def _feed(self, at: float, found: int) -> None:
        """Hand out what was read; beyond one batch for each lane nothing is read ahead."""
        room = self._room - self._outstanding
        if room <= 0:
            self._waits_for_room = True
            return
        reads = min(found, room)
        self._hand_out(at, self._take(reads))
        if reads < found:
            self._waits_for_room = True
        else:
            self._wait(at)

    def _hand_out(self, at: float, batch: Batch) -> None:
        lanes, hot = self.lanes, self.shard.hot
        self._outstanding += batch.records
        warm = batch.records
        counts = [0] * len(lanes)
        if hot:
            counts[0] = round(batch.records * hot)
            warm -= counts[0]
        for number, count in enumerate(self.engine.draw(warm, len(lanes))):
            counts[number] += count
        spacing = (batch.last - batch.first) / max(1, batch.records - 1)
        for lane, count in zip(lanes, counts, strict=True):
            if count:
                # The mean distance of the first and the last of `count` randomly drawn records from the ends.
                edge = spacing * (batch.records - count) / (count + 1)
                is_bad = batch.bad >= 0 and lane is lanes[-1]
                bad = int(batch.bad / batch.records * count) if is_bad else -1
                lane.put(Batch(count, batch.first + edge, batch.last - edge, bad))
        for lane in lanes:
            lane.wake(at)

    def settled(self, at: float, lane: Lane, records: int) -> None:
        """Give a lane whose batch is done its next one, and read ahead."""
        if not self._is_running:
            return
        if self._is_single:
            self._poll(at, self._round)
            return
        self._outstanding -= records
        lane.wake(at)
        if self._waits_for_room:
            self._waits_for_room = False
            self._poll(at, self._round)
        elif self._outstanding == 0 and at >= self.shard.closes - EPSILON and self._is_read:
            self._finish(at)

    @property
    def _is_read(self) -> bool:
        """Whether nothing is left to read in a shard that closes."""
        return self.shard.arrivals.written(self.position + 1) > self.shard.closes
