"""DynamoDB Streams: what a table's writes leave behind, in which shard, and for how long."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime
from typing import Any

import simpy

from cdc_lab.clock import Clock
from cdc_lab.emulator.dynamodb.images import PackedImage
from cdc_lab.emulator.signal import Signal
from cdc_lab.emulator.streams.record_log import RecordLog
from cdc_lab.emulator.streams.shards import (
    KEY_SPACE,
    LIFETIME_SECONDS,
    RETENTION_SECONDS,
    Shard,
    StoredRecord,
)
from cdc_lab.errors import LabError

KeySchema = list[dict[str, str]]


class Stream:
    """One stream of one table: a view type, a label, and shards that come and go.

    Attributes
    ----------
    arn, label, table_name, view_type : str
    status : str
        ``ENABLED`` or ``DISABLED``; the lab does not dwell in the states between.
    shards : dict of str to Shard
        By id, oldest first.
    closed_at : float or None
        When it was disabled; it stays readable for 24 hours (B26).
    """

    def __init__(
        self,
        clock: Clock,
        *,
        table_name: str,
        table_arn: str,
        label: str,
        view_type: str,
        key_schema: KeySchema,
        shards: int,
        region: str,
        rng: random.Random,
    ) -> None:
        self._clock = clock
        self._rng = rng
        self._event_ids = random.Random(rng.getrandbits(64))
        self._changed = Signal(clock.env)
        self.arn = f"{table_arn}/stream/{label}"
        self.label = label
        self.table_name = table_name
        self.view_type = view_type
        self.region = region
        self.key_schema = [dict(element) for element in key_schema]
        self.created = clock.time()
        self.closed_at: float | None = None
        self.shards: dict[str, Shard] = {}
        self._open: list[Shard] = []
        step = KEY_SPACE // shards
        for number in range(shards):
            upper = KEY_SPACE if number == shards - 1 else (number + 1) * step
            self._add(self._shard(number * step, upper))

    def __repr__(self) -> str:
        return f"<Stream {self.table_name} {self.label} {self.status} shards={len(self.shards)}>"

    @property
    def status(self) -> str:
        """``ENABLED`` or ``DISABLED``."""
        return "DISABLED" if self.closed_at is not None else "ENABLED"

    @property
    def open_shards(self) -> list[Shard]:
        """The shards that take new records, by key range."""
        return list(self._open)

    def wait(self) -> simpy.Event:
        """An event that succeeds when shards were added or the stream was disabled."""
        return self._changed.wait()

    def _shard(self, lower: int, upper: int, parent: Shard | None = None) -> Shard:
        return Shard(
            self._clock.env,
            created=self._clock.time(),
            lower=lower,
            upper=upper,
            parent_id=parent.shard_id if parent else None,
            after=parent.latest() if parent else None,
            rng=random.Random(self._rng.getrandbits(64)),
        )

    def _add(self, shard: Shard) -> None:
        self.shards[shard.shard_id] = shard
        self._open.append(shard)
        self._open.sort(key=lambda s: s.lower)
        self._clock.env.process(self._roll_when_old(shard))

    def _roll_when_old(self, shard: Shard) -> Any:
        # About four hours after it was opened, a shard is closed and succeeded by one child (B21).
        yield self._clock.env.timeout(self._rng.uniform(*LIFETIME_SECONDS))
        if not shard.is_closed and self.closed_at is None:
            self.roll(shard)
            self.forget_old()

    def shard_for(self, key_hash: int) -> Shard:
        """The open shard that takes items of that key hash."""
        return next(shard for shard in self._open if shard.takes(key_hash))

    def children(self, shard_id: str) -> list[Shard]:
        """The immediate children of a shard (B5)."""
        return [shard for shard in self.shards.values() if shard.parent_id == shard_id]

    def append(self, record: StoredRecord, key_hash: int) -> Shard:
        """Publish a record: it gets its shard and its sequence number."""
        shard = self.shard_for(key_hash)
        shard.append(record)
        return shard

    def new_event_id(self) -> str:
        """32 lower-case hex characters (A7)."""
        return f"{self._event_ids.getrandbits(128):032x}"

    def split(self, shard: Shard) -> list[Shard]:
        """Close a shard; two children share its part of the key space (B20)."""
        middle = (shard.lower + shard.upper) // 2
        return self._succeed(shard, [(shard.lower, middle), (middle, shard.upper)])

    def roll(self, shard: Shard) -> list[Shard]:
        """Close a shard; one child takes over all of its key space (B21)."""
        return self._succeed(shard, [(shard.lower, shard.upper)])

    def _succeed(self, shard: Shard, ranges: list[tuple[int, int]]) -> list[Shard]:
        self._open.remove(shard)
        shard.close(self._clock.time())
        children = [self._shard(lower, upper, shard) for lower, upper in ranges]
        for child in children:
            self._add(child)
        self._changed.send()
        return children

    def disable(self) -> None:
        """Close the open shards; what they hold stays readable for 24 hours (B26)."""
        self.closed_at = self._clock.time()
        for shard in self._open:
            shard.close(self.closed_at)
        self._open.clear()
        self._changed.send()

    def forget_old(self) -> None:
        """Trim, and drop the shards that were closed more than 24 hours ago."""
        now = self._clock.time()
        for shard in list(self.shards.values()):
            shard.trim(now)
            if shard.closed_at is not None and shard.closed_at <= now - RETENTION_SECONDS:
                del self.shards[shard.shard_id]

    @property
    def is_gone(self) -> bool:
        """Whether the stream was disabled more than 24 hours ago."""
        return self.closed_at is not None and self.closed_at <= self._clock.time() - RETENTION_SECONDS


class StreamsService:
    """All streams of the emulated account.

    Parameters
    ----------
    clock : Clock
    seed : int
        Every id, gap and key hash follows from it.
    shards : int
        How many shards a new stream starts with, unless the table says otherwise.
    """

    def __init__(self, clock: Clock, seed: int, shards: int = 1) -> None:
        self.clock = clock
        self.default_shards = shards
        self.shards_of_table: dict[str, int] = {}  # by the table's ARN
        self.streams: dict[str, Stream] = {}
        self.log = RecordLog()
        self._current: dict[str, Stream] = {}  # by table ARN
        self._seed = seed
        self._rng = random.Random(f"{seed}:streams")

    def get(self, arn: str) -> Stream | None:
        """The stream of that ARN, or None when there is none (any more)."""
        stream = self.streams.get(arn)
        if stream is not None and stream.is_gone:
            del self.streams[arn]
            return None
        return stream

    def current(self, table_arn: str) -> Stream | None:
        """The enabled stream of a table."""
        return self._current.get(table_arn)

    def enable(
        self, *, table_name: str, table_arn: str, view_type: str, key_schema: KeySchema, region: str
    ) -> Stream:
        """Open a new stream on a table: a new label, a new ARN, no backfill (B24, B25, A34)."""
        shards = self.shards_of_table.get(table_arn, self.default_shards)
        stream = Stream(
            self.clock,
            table_name=table_name,
            table_arn=table_arn,
            label=self._new_label(table_arn),
            view_type=view_type,
            key_schema=key_schema,
            shards=shards,
            region=region,
            rng=random.Random(self._rng.getrandbits(64)),
        )
        self.streams[stream.arn] = stream
        self._current[table_arn] = stream
        return stream

    def _new_label(self, table_arn: str) -> str:
        # ISO 8601 with milliseconds and no zone (B27). Two streams of a table never share a label.
        millis = int(self.clock.time() * 1000)
        while True:
            label = datetime.fromtimestamp(millis / 1000, UTC).isoformat(timespec="milliseconds")[:-6]
            if f"{table_arn}/stream/{label}" not in self.streams:
                return label
            millis += 1

    def disable(self, table_arn: str) -> None:
        """Close the table's stream."""
        self._current.pop(table_arn).disable()

    def key_hash(self, partition_key: bytes) -> int:
        """Where an item lies in the key space: a hash of its partition key alone."""
        return int.from_bytes(hashlib.md5(partition_key, usedforsecurity=False).digest(), "big")

    def record(
        self,
        stream: Stream,
        *,
        keys: str,
        key_image: PackedImage,
        partition_key: bytes,
        old: PackedImage | None,
        new: PackedImage | None,
        service_delete: bool = False,
    ) -> StoredRecord:
        """Write the record of one change: INSERT, MODIFY or REMOVE by what was there before and after."""
        record = StoredRecord(
            event_id=stream.new_event_id(),
            event_name="INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
            written=self.clock.time(),
            keys=keys,
            key_image=key_image,
            new=new,
            old=old,
            view_type=stream.view_type,
            region=stream.region,
            service_delete=service_delete,
        )
        shard = stream.append(record, self.key_hash(partition_key))
        self.log.add(stream.table_name, shard.shard_id, record)
        return record

    def split_shard(self, stream: Stream, shard_id: str) -> list[Shard]:
        """Split one open shard in two; see :meth:`Stream.split`."""
        return stream.split(self._open_shard(stream, shard_id))

    def roll_shards(self, stream: Stream) -> list[Shard]:
        """Give every open shard its successor."""
        children: list[Shard] = []
        for shard in stream.open_shards:
            children += stream.roll(shard)
        return children

    def _open_shard(self, stream: Stream, shard_id: str) -> Shard:
        shard = stream.shards.get(shard_id)
        if shard is None or shard.is_closed:
            choice = ", ".join(s.shard_id for s in stream.open_shards)
            state = "is closed" if shard else "is unknown"
            raise LabError(f"shard {shard_id} of table {stream.table_name} {state}; open shards: {choice}")
        return shard
