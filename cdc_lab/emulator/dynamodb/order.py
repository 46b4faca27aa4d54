"""The order in which Query and Scan find items: by partition, and within one by sort key."""

from __future__ import annotations

import base64
import hashlib
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from cdc_lab.emulator.dynamodb.expressions.values import order
from cdc_lab.emulator.dynamodb.images import PackedImage
from cdc_lab.emulator.dynamodb.journal import ItemKey

Part = tuple[str, str]
"""Type and value of a key attribute."""

Partition = tuple[Part, ...]
"""A partition key: one attribute, or up to four of a global index."""

_SEGMENT_BITS = 12


class Place(NamedTuple):
    """Where an item stands.

    Attributes
    ----------
    partition : tuple of (str, str)
        Its partition key there.
    position : tuple
        What it is sorted by in its partition. First the sort key, where there is one; in an index then what
        tells apart items with the same index keys.
    """

    partition: Partition
    position: tuple[Any, ...]


Entry = tuple[tuple[Any, ...], ItemKey]
PlaceOf = Callable[[ItemKey, PackedImage], Place | None]


def rank(part: Part) -> Any:
    """What a key attribute is sorted by: text and bytes by unsigned bytes, numbers by value."""
    return order({part[0]: part[1]})


def hash_of(partition: Partition) -> bytes:
    """What partitions are scanned by.

    MD5 of the key's bytes after the word "Outliers" is the order in which AWS scanned text and binary keys
    (third party: dynalite, whose tests run against AWS). Of numbers the lab takes the digits: a model.
    """
    raw = [base64.b64decode(value) if kind == "B" else value.encode() for kind, value in partition]
    return hashlib.md5(b"Outliers" + b"".join(raw), usedforsecurity=False).digest()


def segment_of(hashed: bytes, segments: int) -> int:
    """Which segment of a parallel scan a partition belongs to: each has an equal share of the hashes."""
    prefix = int.from_bytes(hashed[:2], "big") >> (16 - _SEGMENT_BITS)
    return (prefix * segments) >> _SEGMENT_BITS


class Order:
    """The items of a table, or those of one index, in order.

    It is made when a read first asks for it, and kept up with every write from then on.

    Parameters
    ----------
    place_of : callable
        Where an item stands; None for one that does not stand here.
    rows : iterable of (ItemKey, PackedImage)
        The items as they stand.
    """

    def __init__(self, place_of: PlaceOf, rows: Iterable[tuple[ItemKey, PackedImage]]) -> None:
        self._place_of = place_of
        self._partitions: dict[Partition, list[Entry]] = {}
        self._hashed: list[tuple[bytes, Partition]] | None = None  # made by the first scan
        for key, version in rows:
            place = place_of(key, version)
            if place is not None:
                self._partitions.setdefault(place.partition, []).append((place.position, key))
        for entries in self._partitions.values():
            entries.sort()

    def __len__(self) -> int:
        return sum(map(len, self._partitions.values()))

    def replace(self, key: ItemKey, before: PackedImage | None, after: PackedImage | None) -> None:
        """An item changed: move it to where it belongs now."""
        was = None if before is None else self._place_of(key, before)
        now = None if after is None else self._place_of(key, after)
        if was == now:
            return
        if was is not None:
            self._take(was)
        if now is not None:
            self._put(now, key)

    def _take(self, place: Place) -> None:
        entries = self._partitions[place.partition]
        del entries[bisect_left(entries, place.position, key=position_of)]
        if not entries:
            del self._partitions[place.partition]
            if self._hashed is not None:
                del self._hashed[bisect_left(self._hashed, (hash_of(place.partition), place.partition))]

    def _put(self, place: Place, key: ItemKey) -> None:
        entries = self._partitions.get(place.partition)
        if entries is None:
            entries = self._partitions[place.partition] = []
            if self._hashed is not None:
                insort(self._hashed, (hash_of(place.partition), place.partition))
        insort(entries, (place.position, key))

    # ---- reading -----------------------------------------------------------------------------

    def partition(self, partition: Partition) -> list[Entry]:
        """The items of one partition, in order."""
        return self._partitions.get(partition, [])

    def scan(self, after: Place | None, segment: int, segments: int) -> Iterator[ItemKey]:
        """The items of one segment of a scan, from behind a place."""
        if self._hashed is None:
            self._hashed = sorted((hash_of(one), one) for one in self._partitions)
        start = 0 if after is None else bisect_left(self._hashed, (hash_of(after.partition), after.partition))
        for at in range(start, len(self._hashed)):
            hashed, partition = self._hashed[at]
            if segment_of(hashed, segments) != segment:
                continue
            entries = self._partitions[partition]
            first = 0
            if after is not None and partition == after.partition:
                first = bisect_right(entries, after.position, key=position_of)
            for _, key in entries[first:]:
                yield key


def position_of(entry: Entry) -> tuple[Any, ...]:
    """What an entry is sorted by."""
    return entry[0]
