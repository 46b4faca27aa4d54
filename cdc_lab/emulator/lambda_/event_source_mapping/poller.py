"""One poller per mapping and shard: reads, batches and delivers until the shard's end."""

from __future__ import annotations

import zlib
from collections import deque

import simpy

from cdc_lab.emulator.lambda_.event_source_mapping.batcher import Batcher
from cdc_lab.emulator.lambda_.event_source_mapping.checkpoint import Checkpoint
from cdc_lab.emulator.lambda_.event_source_mapping.delivery import Delivery
from cdc_lab.emulator.lambda_.event_source_mapping.gate import Gate, Stopped
from cdc_lab.emulator.lambda_.event_source_mapping.roles import (
    PolledMapping,
    PolledRecord,
    Records,
    ShardReader,
    Steps,
)
from cdc_lab.emulator.lambda_.event_source_mapping.source import ShardSource
from cdc_lab.emulator.lambda_.event_source_mapping.windows import Window
from cdc_lab.emulator.signal import Signal


def lane_of(item: bytes, lanes: int) -> int:
    """Which lane delivers an item: all changes of an item go the same way (C14).

    The key is the item's full primary key. AWS does not say how it maps keys to lanes: the hash is ours.
    """
    return zlib.crc32(item) % lanes


class ShardPoller:
    """Processes one shard for one mapping.

    Parameters
    ----------
    mapping : PolledMapping
    shard : ShardReader
    position : int
        Where to begin.

    Attributes
    ----------
    checkpoint : Checkpoint
        The checkpoint.
    process : simpy.Process
        Ends when the shard is done or the poller was stopped.
    """

    def __init__(self, mapping: PolledMapping, shard: ShardReader, position: int) -> None:
        self._mapping = mapping
        self._env = mapping.service.env
        self.shard = shard
        self.checkpoint = Checkpoint(position)
        self._gates: list[Gate] = []
        self._outstanding = 0
        self._space = Signal(self._env)
        self._is_busy = False
        self.source = ShardSource(mapping, shard, position, self._gate(), self._update)
        self._lanes = mapping.parameters.parallelization
        self._update(busy=True)
        self.process: simpy.Process = self._env.process(self._run())

    def __repr__(self) -> str:
        state = "busy" if self._is_busy else "idle"
        where = f"{self.shard.shard_id} at {self.checkpoint.position}"
        return f"<ShardPoller {where} {state} lanes={self._lanes}>"

    @property
    def is_drained(self) -> bool:
        """Whether nothing is left to read, to deliver or to retry."""
        caught_up = self.source.position >= self.shard.latest() and not self.shard.is_closed
        return not self._is_busy and caught_up

    def stop(self) -> None:
        """End after the invocations in flight."""
        for gate in self._gates:
            gate.stop()

    def _gate(self) -> Gate:
        gate = Gate(self._env)
        self._gates.append(gate)
        return gate

    def _update(self, busy: bool | None = None) -> None:
        if busy is None:
            busy = not self.source.is_waiting or self._outstanding > 0
            if not busy:
                # What was filtered out behind the last delivery is done with, too (C54).
                self.checkpoint.skip_to(self.source.position)
        if busy != self._is_busy:
            self._is_busy = busy
            activity = self._mapping.service.activity
            (activity.begin if busy else activity.end)()

    def _run(self) -> Steps:
        try:
            if self._mapping.parameters.tumbling:
                yield from self._in_windows()
            elif self._lanes == 1:
                yield from self._in_one_lane()
            else:
                yield from self._in_lanes()
            self._mapping.finished(self.shard)
        except Stopped:
            pass
        finally:
            self._update(busy=False)

    def _in_one_lane(self) -> Steps:
        batcher = Batcher(self._mapping, self.source)
        delivery = Delivery(self._mapping, self.shard, self.checkpoint, self._gates[0])
        while True:
            batch = yield from batcher.next()
            if not batch:
                return
            yield from delivery.process(batch)
            self.checkpoint.skip_to(batch[-1].sequence_number)
            batcher.completed()

    def _in_windows(self) -> Steps:
        mapping = self._mapping
        window = Window(mapping.parameters.tumbling, self.shard.shard_id, mapping.stream_arn)
        batcher = Batcher(mapping, self.source)
        delivery = Delivery(mapping, self.shard, self.checkpoint, self._gates[0], window=window)
        while True:
            batch = yield from batcher.next(window)
            if batch:
                yield from delivery.process(batch)
                batcher.completed()
            is_over = window.end is not None and (not batch or window.is_too_big)
            if is_over:
                yield from delivery.finish_window()
            elif not batch:
                return

    # -- several lanes (ParallelizationFactor) --------------------------------------------------

    def _in_lanes(self) -> Steps:
        lanes = [_Lane(self, number) for number in range(self._lanes)]
        stopped: Stopped | None = None
        try:
            yield from self._feed(lanes)
        except Stopped as error:
            stopped = error
        for lane in lanes:
            lane.close()
        yield self._env.all_of([lane.process for lane in lanes])
        if stopped is not None:
            raise stopped
        # A shard that was read to its end may still be in a lane's hands: it is not done then.
        self._gates[0].check()

    def _feed(self, lanes: list[_Lane]) -> Steps:
        while not self.source.has_ended:
            room = self._lanes * self._mapping.parameters.batch_size - self._outstanding
            if room <= 0:
                # What AWS reads ahead is not known; here one batch for each lane.
                yield from self._gates[0].wait(self._space.wait())
                continue
            found = yield from self.source.read(room)
            self.checkpoint.hand_out(found)
            self._outstanding += len(found)
            for record in found:
                lanes[lane_of(record.item, self._lanes)].put(record)
            if self.source.caught_up and not self.source.has_ended:
                yield from self.source.wait(idle=True)

    def settled(self, count: int) -> None:
        """Take note that this many records of a lane need no further delivery."""
        self._outstanding -= count
        self._space.send()
        self._update()


class _Lane:
    """One of several lanes of a shard: a source of its own share of the records."""

    def __init__(self, poller: ShardPoller, number: int) -> None:
        self._poller = poller
        self._env = poller._env
        self._mapping = poller._mapping
        self._queue: deque[PolledRecord] = deque()
        self._is_closed = False
        self._news = Signal(self._env)
        self._gate = poller._gate()
        self._number = number
        self.process: simpy.Process = self._env.process(self._run())

    @property
    def caught_up(self) -> bool:
        return not self._queue

    @property
    def has_ended(self) -> bool:
        return self._is_closed and not self._queue

    def put(self, record: PolledRecord) -> None:
        self._queue.append(record)
        self._news.send()

    def close(self) -> None:
        self._is_closed = True
        self._news.send()

    def read(self, limit: int) -> Steps:
        yield from ()
        return [self._queue.popleft() for _ in range(min(limit, len(self._queue)))]

    def unread(self, records: Records) -> None:
        self._queue.extendleft(reversed(records))

    def wait(self, until: float | None = None, idle: bool = False) -> Steps:
        if not self._queue and not self._is_closed:
            news = self._news.wait()
            if until is not None:
                news = news | self._env.timeout(max(0.0, until - self._env.now))
            yield from self._gate.wait(news)

    def _run(self) -> Steps:
        batcher = Batcher(self._mapping, self)
        delivery = Delivery(
            self._mapping, self._poller.shard, self._poller.checkpoint, self._gate, lane=self._number
        )
        try:
            while True:
                batch = yield from batcher.next()
                if not batch:
                    return
                yield from delivery.process(batch)
                batcher.completed()
                self._poller.settled(len(batch))
        except Stopped:
            pass
