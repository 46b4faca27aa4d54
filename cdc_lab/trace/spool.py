"""A long list of rows of which only the latest are in memory: the others lie compressed on disk."""

from __future__ import annotations

import io
import pickle
import tempfile
import weakref
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any, Generic, TypeVar, overload

Row = TypeVar("Row", bound=tuple[Any, ...])

HELD = 5_000
"""So much weight stays in memory: about 4 MB of rows."""


class Spool(Sequence[Row], Generic[Row]):
    """Rows that are only ever added: a list as long as it is short, a file beyond that.

    Rows of one part that share an object share it on disk too. The file has no name and goes with the
    spool; where none can be written, the parts stay in memory, compressed.

    Parameters
    ----------
    make : callable
        A row from a plain tuple: a named tuple's ``_make``.
    weigh : callable, optional
        How much a row weighs; by default 1.
    held : int
        How much weight stays in memory; by default `HELD`.
    """

    def __init__(
        self,
        make: Callable[[Iterable[Any]], Row],
        weigh: Callable[[Row], int] | None = None,
        held: int | None = None,
    ) -> None:
        self._make = make
        self._weigh = weigh
        self._held = HELD if held is None else held
        self._latest: list[Row] = []
        self._weight = 0
        self._file: IO[bytes] | None = None
        self._starts = [0]  # of each part, the latest rows included
        self._places: list[tuple[int, int]] = []  # of the parts on disk: offset and length
        self._read: tuple[int, list[Row]] = (-1, [])

    def __repr__(self) -> str:
        return f"<Spool[{len(self)} rows, {len(self._latest)} in memory]>"

    def __len__(self) -> int:
        return self._starts[-1] + len(self._latest)

    def append(self, row: Row) -> None:
        """Add a row."""
        self._latest.append(row)
        self._weight += 1 if self._weigh is None else self._weigh(row)
        if self._weight >= self._held:
            self._write()

    def extend(self, rows: Iterable[Row]) -> None:
        """Add rows."""
        for row in rows:
            self.append(row)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, int):
            at = range(len(self))[index]
            part = bisect_right(self._starts, at) - 1
            return self._part(part)[at - self._starts[part]]
        start, stop, step = index.indices(len(self))
        if step != 1:
            return [self[at] for at in range(start, stop, step)]
        return list(self.between(start, stop))

    def __iter__(self) -> Iterator[Row]:
        return self.between(0, len(self))

    def between(self, start: int, stop: int) -> Iterator[Row]:
        """The rows from `start` on, `stop` excluded, without having them all in memory."""
        for part in self._parts(start, stop):
            yield from part

    def _parts(self, start: int, stop: int) -> Iterator[list[Row]]:
        for part in range(bisect_right(self._starts, start) - 1, len(self._starts)):
            first = self._starts[part]
            if first >= stop:
                return
            yield self._part(part)[max(start - first, 0) : stop - first]

    def _part(self, part: int) -> list[Row]:
        if part == len(self._places):
            return self._latest
        if self._read[0] != part:
            assert self._file is not None
            offset, length = self._places[part]
            self._file.seek(offset)
            rows = pickle.loads(zlib.decompress(self._file.read(length)))  # our own, unnamed file
            self._read = (part, [self._make(row) for row in rows])
        return self._read[1]

    def _write(self) -> None:
        packed = zlib.compress(pickle.dumps([tuple(row) for row in self._latest], -1), 1)
        if self._file is None:
            self._file = _file()
            weakref.finalize(self, self._file.close)
        try:
            offset = self._file.seek(0, io.SEEK_END)
            self._file.write(packed)
            self._file.flush()
        except OSError:  # the disk is full: from now on in memory, with what is there
            self._held = 1 << 62
            return
        self._places.append((offset, len(packed)))
        self._starts.append(len(self))
        self._latest, self._weight = [], 0


def _file() -> IO[bytes]:
    try:
        return tempfile.TemporaryFile(prefix="cdc-lab-trace-")
    except OSError:
        return io.BytesIO()
