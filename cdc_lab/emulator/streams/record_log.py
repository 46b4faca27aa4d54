"""Every stream record ever written, for the trace: columns, so that a million rows stay small."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from typing import NamedTuple, overload

from cdc_lab.emulator.streams.shards import StoredRecord

_NUMBER_BYTES = 17  # 40 decimal digits at most (A8)


class Write(NamedTuple):
    """One stream record, as a row of ``trace.writes``."""

    written: float
    table: str
    shard_id: str
    sequence_number: int
    event_id: str
    event_name: str
    keys: str
    size: int


class WriteLog(Sequence[Write]):
    """Rows of :class:`Write`, oldest first; about 80 bytes each."""

    def __init__(self) -> None:
        self._written = array("d")
        self._sizes = array("q")
        self._event_ids = bytearray()
        self._names: list[tuple[str, str, str]] = []  # table, shard and event name, shared between rows
        self._shared: dict[tuple[str, str, str], tuple[str, str, str]] = {}
        self._keys: list[str] = []
        self._sequence_numbers = bytearray()

    def add(self, table: str, shard_id: str, record: StoredRecord) -> None:
        """Add the row of one record."""
        names = (table, shard_id, record.event_name)
        self._names.append(self._shared.setdefault(names, names))
        self._written.append(record.written)
        self._sizes.append(record.size)
        self._event_ids += bytes.fromhex(record.event_id)
        self._keys.append(sys.intern(record.keys))
        self._sequence_numbers += record.sequence_number.to_bytes(_NUMBER_BYTES, "big")

    def __len__(self) -> int:
        return len(self._written)

    @overload
    def __getitem__(self, index: int) -> Write: ...
    @overload
    def __getitem__(self, index: slice) -> list[Write]: ...
    def __getitem__(self, index: int | slice) -> Write | list[Write]:
        if isinstance(index, slice):
            return [self._row(i) for i in range(*index.indices(len(self)))]
        return self._row(range(len(self))[index])

    def _row(self, index: int) -> Write:
        table, shard_id, event_name = self._names[index]
        return Write(
            self._written[index],
            table,
            shard_id,
            int.from_bytes(
                self._sequence_numbers[_NUMBER_BYTES * index : _NUMBER_BYTES * (index + 1)], "big"
            ),
            self._event_ids[16 * index : 16 * index + 16].hex(),
            event_name,
            self._keys[index],
            self._sizes[index],
        )
