"""Every stream record ever written, for the trace: columns, so that a million rows stay small."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from typing import overload

from cdc_lab.emulator.streams.shards import StoredRecord
from cdc_lab.trace.rows import RecordRow

_NUMBER_BYTES = 17  # 40 decimal digits at most (A8)


class RecordLog(Sequence[RecordRow]):
    """Rows of stream records, oldest first; about 80 bytes each."""

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
    def __getitem__(self, index: int) -> RecordRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[RecordRow]: ...
    def __getitem__(self, index: int | slice) -> RecordRow | list[RecordRow]:
        if isinstance(index, slice):
            return [self._row(i) for i in range(*index.indices(len(self)))]
        return self._row(range(len(self))[index])

    def _row(self, index: int) -> RecordRow:
        table, shard_id, event_name = self._names[index]
        number = self._sequence_numbers[_NUMBER_BYTES * index : _NUMBER_BYTES * (index + 1)]
        return RecordRow(
            written=self._written[index],
            table=table,
            shard_id=shard_id,
            sequence_number=int.from_bytes(number, "big"),
            event_id=self._event_ids[16 * index : 16 * index + 16].hex(),
            event_name=event_name,
            keys=self._keys[index],
            size=self._sizes[index],
        )
