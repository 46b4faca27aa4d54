"""Shards and the records they hold."""

from __future__ import annotations

import json
import random
from bisect import bisect_left, bisect_right
from typing import Any

import simpy

from cdc_lab.emulator.dynamodb.images import PackedImage
from cdc_lab.emulator.local_time import local_time
from cdc_lab.emulator.signal import Signal
from cdc_lab.emulator.streams.view_types import VIEW_TYPES

RETENTION_SECONDS = 24 * 3600.0  # A38
LIFETIME_SECONDS = (4 * 3600.0, 4.5 * 3600.0)  # B21: third-party knowledge, not in AWS's documentation
KEY_SPACE = 1 << 128
SMALL_RECORD = 1024
"""Bytes; below it nobody measures how long a record is in JSON."""
ARN_BYTES = 120
"""What the stream's ARN adds to a record that was measured without it, about."""

_STEP = 10**20
_TTL_IDENTITY = {"principalId": "dynamodb.amazonaws.com", "type": "Service"}  # A14


def estimated_event_size(size: int) -> int:
    """Return about how many bytes a record takes in Lambda's JSON event.

    What is not image is about 500 bytes. A small record is taken for larger than it is, a large one for text.

    Parameters
    ----------
    size : int
        ``SizeBytes`` of the record.
    """
    return 700 + (3 * size if size < SMALL_RECORD else size)


class StoredRecord:
    """One change of one item, as the stream keeps it.

    Attributes
    ----------
    sequence_number : int
        Position in the shard.
    written : float
        Lab time of the write, exact, in epoch seconds; readers see it rounded down (A9).
    keys : str
        The key as a label, ``flight_id=UA1545``.
    item : bytes
        Identity of the item among those of its table.
    size : int
        ``SizeBytes``: keys and the images that the view type shows (A17).
    """

    __slots__ = (
        "event_id",
        "event_name",
        "item",
        "key_image",
        "keys",
        "new",
        "old",
        "region",
        "sequence_number",
        "service_delete",
        "size",
        "view_type",
        "written",
    )

    def __init__(
        self,
        *,
        event_id: str,
        event_name: str,
        written: float,
        keys: str,
        key_image: PackedImage,
        new: PackedImage | None,
        old: PackedImage | None,
        view_type: str,
        region: str,
        service_delete: bool,
    ) -> None:
        self.sequence_number = 0
        self.event_id = event_id
        self.event_name = event_name
        self.written = written
        self.keys = keys
        self.key_image = key_image
        self.item = key_image.blob
        carries = VIEW_TYPES[view_type]
        self.new = new if carries.has_new else None
        self.old = old if carries.has_old else None
        self.view_type = view_type
        self.region = region
        self.service_delete = service_delete
        self.size = key_image.size + (self.new.size if self.new else 0) + (self.old.size if self.old else 0)

    def __repr__(self) -> str:
        return f"<StoredRecord {self.event_name} {self.keys} at {self.sequence_number}>"

    @property
    def created(self) -> int:
        """``ApproximateCreationDateTime`` in whole epoch seconds (A9)."""
        return int(self.written)

    def to_get_records(self) -> dict[str, Any]:
        """The record as boto3's GetRecords returns it (A1): bytes, datetime, capitalised identity."""
        record: dict[str, Any] = {
            "eventID": self.event_id,
            "eventName": self.event_name,
            "eventVersion": "1.1",  # A6
            "eventSource": "aws:dynamodb",
            "awsRegion": self.region,
            "dynamodb": {
                "ApproximateCreationDateTime": local_time(self.created),
                "Keys": self.key_image.python_image(),
            },
        }
        self._add_images(record["dynamodb"], python=True)
        if self.service_delete:
            record["userIdentity"] = {name[0].upper() + name[1:]: v for name, v in _TTL_IDENTITY.items()}
        return record

    def to_event(self, stream_arn: str) -> dict[str, Any]:
        """The record as Lambda's event carries it (A2, A10, A11)."""
        record: dict[str, Any] = {
            "eventID": self.event_id,
            "eventName": self.event_name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": self.region,
            "dynamodb": {
                "ApproximateCreationDateTime": float(self.created),
                "Keys": self.key_image.image(),
            },
            "eventSourceARN": stream_arn,
        }
        self._add_images(record["dynamodb"], python=False)
        if self.service_delete:
            record["userIdentity"] = dict(_TTL_IDENTITY)
        return record

    def _add_images(self, body: dict[str, Any], *, python: bool) -> None:
        if self.new is not None:
            body["NewImage"] = self.new.python_image() if python else self.new.image()
        if self.old is not None:
            body["OldImage"] = self.old.python_image() if python else self.old.image()
        body["SequenceNumber"] = str(self.sequence_number)
        body["SizeBytes"] = self.size
        body["StreamViewType"] = self.view_type

    def event_size(self) -> int:
        """Bytes of the record in Lambda's JSON event, for the 6 MB limit of an invocation (C11)."""
        if self.size < SMALL_RECORD:
            return estimated_event_size(self.size)
        return len(json.dumps(self.to_event("")).encode()) + ARN_BYTES


class Shard:
    """One shard: an ordered run of the records of one part of the key space.

    Attributes
    ----------
    lower, upper : int
        The part of the 128-bit key space that it takes: lower <= hash < upper.
    records : list of StoredRecord
        Those not trimmed, oldest first (and, until the next clean-up, some that are).
    closed_at : float or None
        Lab time at which it was closed.
    """

    def __init__(
        self,
        env: simpy.Environment,
        *,
        created: float,
        lower: int = 0,
        upper: int = KEY_SPACE,
        parent_id: str | None = None,
        after: int | None = None,
        rng: random.Random,
    ) -> None:
        self._rng = rng
        self._changed = Signal(env)
        self.created = created
        self.lower = lower
        self.upper = upper
        self.parent_id = parent_id
        self.closed_at: float | None = None
        self.shard_id = f"shardId-{int(created * 1000):020d}-{rng.getrandbits(32):08x}"  # B8
        self._last = after if after is not None else rng.randint(1, 4) * _STEP + rng.randint(10**9, 10**10)
        self.starting_sequence_number = self._next()
        self._last = self.starting_sequence_number
        self.ending_sequence_number: int | None = None
        self.records: list[StoredRecord] = []
        self._trimmed = 0  # how many at the front of `records` are trimmed but not yet dropped
        self._trimmed_to = self.starting_sequence_number - 1

    def __repr__(self) -> str:
        state = "closed" if self.is_closed else "open"
        return f"<Shard {self.shard_id} {state} held={len(self.records) - self._trimmed} latest={self._last}>"

    def _next(self) -> int:
        # Sequence numbers grow with gaps, and their length grows with them: "9..." is followed by
        # "10...", so that only a comparison as integers is right (A8).
        return self._last + self._rng.randint(1, 3) * _STEP + self._rng.randint(1, 999)

    @property
    def is_closed(self) -> bool:
        """Whether no record can be added any more (B7)."""
        return self.closed_at is not None

    def takes(self, key_hash: int) -> bool:
        """Whether items of that key hash belong here."""
        return self.lower <= key_hash < self.upper

    def append(self, record: StoredRecord) -> None:
        """Add a record at the end and wake who waits."""
        self._last = record.sequence_number = self._next()
        self.records.append(record)
        self._changed.send()

    def go_on_below(self, number: int, records: int) -> None:
        """Let sequence numbers go on as in an older stream: at most `records` of them stay below `number`.

        Parameters
        ----------
        number : int
            Larger than those so far.
        records : int
        """
        self._last = max(self._last, number - records * _STEP)

    def close(self, now: float) -> None:
        """Close the shard: it keeps its records until they are trimmed."""
        self.closed_at = now
        self.ending_sequence_number = self._last
        self._changed.send()

    def wait(self) -> simpy.Event:
        """An event that succeeds when a record is added or the shard closes."""
        return self._changed.wait()

    def trim(self, now: float) -> None:
        """Forget the records older than 24 hours (A38)."""
        limit = now - RETENTION_SECONDS
        records = self.records
        if self._trimmed >= len(records) or records[self._trimmed].written > limit:
            return
        self._trimmed = bisect_right(records, limit, lo=self._trimmed, key=lambda r: r.written)
        self._trimmed_to = records[self._trimmed - 1].sequence_number
        if self._trimmed * 2 > len(records):
            del records[: self._trimmed]
            self._trimmed = 0

    def horizon(self) -> int:
        """The position just before the oldest record that is left."""
        return self._trimmed_to

    def latest(self) -> int:
        """The position just after the newest record."""
        return self._last

    def start_latest(self) -> int:
        """The position at which LATEST begins: after the newest record (B9)."""
        return self._last

    def position_at(self, moment: float) -> int:
        """The position just before the first record that counts as written then or later (B9).

        What counts is its ``ApproximateCreationDateTime``, a whole second (A9); where no record does, it is
        the position just after the newest one.
        """
        records = self.records
        first = bisect_left(records, moment, lo=self._trimmed, key=lambda record: int(record.written))
        return records[first].sequence_number - 1 if first < len(records) else self._last

    def index_after(self, position: int) -> int:
        """Index in ``records`` of the first untrimmed record after that position."""
        return max(self._trimmed, bisect_right(self.records, position, key=lambda r: r.sequence_number))

    def read(self, after: int, limit: int = 1000, max_bytes: int = 1 << 20) -> list[StoredRecord]:
        """Records after a position, oldest first: at most `limit`, at most `max_bytes` (B12)."""
        start = self.index_after(after)
        found = self.records[start : start + limit]
        total = 0
        for index, record in enumerate(found):
            total += record.size
            if total > max_bytes and index:
                return found[:index]
        return found

    def holds_after(self, position: int) -> bool:
        """Whether there are records after that position."""
        return self.index_after(position) < len(self.records)

    def lost_after(self, position: int) -> bool:
        """Whether records after that position were trimmed before they were read from there."""
        return self._trimmed_to > position
