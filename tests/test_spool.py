"""A spool behaves as the list that it stands for, with most of it on disk."""

from __future__ import annotations

import gc
import random
import tempfile
from typing import NamedTuple

import pytest

from cdc_lab.trace import spool
from cdc_lab.trace.spool import Spool


class Line(NamedTuple):
    number: int
    shared: tuple[int, ...]


def filled(rows: int, held: int = 10) -> tuple[Spool[Line], list[Line]]:
    """A spool and the list of the same rows, every three of which share a tuple."""
    shared = [tuple(range(10**21 + n, 10**21 + n + 3)) for n in range(rows // 3 + 1)]
    lines = [Line(number, shared[number // 3]) for number in range(rows)]
    made: Spool[Line] = Spool(Line._make, held=held)
    made.extend(lines)
    return made, lines


@pytest.mark.parametrize("rows", [0, 1, 9, 10, 11, 95, 100])
def test_it_reads_as_a_list_does(rows: int, rng: random.Random) -> None:
    # GIVEN rows that fit into memory, and rows that do not
    made, lines = filled(rows)
    # THEN length, order, rows and slices are those of the list
    assert len(made) == rows
    assert list(made) == lines
    assert [made[at] for at in range(-rows, rows)] == lines * 2
    for _ in range(200):
        start, stop = (rng.choice([None, *range(-rows - 2, rows + 3)]) for _ in range(2))
        step = rng.choice([None, 1, 2, -1])
        assert made[start:stop:step] == lines[start:stop:step]
    # AND each row is of its type
    assert all(type(row) is Line for row in made)


@pytest.mark.parametrize("at", [-4, 3])
def test_there_is_nothing_beyond_its_ends(at: int) -> None:
    made, _ = filled(3)
    with pytest.raises(IndexError):
        made[at]


def test_only_the_latest_rows_are_in_memory() -> None:
    # GIVEN a spool of ninety-five rows, of which nobody else holds any
    made = filled(95)[0]
    gc.collect()
    # THEN five are in memory
    assert repr(made) == "<Spool[95 rows, 5 in memory]>"
    assert sum(isinstance(thing, Line) for thing in gc.get_objects()) == 5


def test_heavy_rows_go_earlier() -> None:
    # GIVEN rows that weigh what they hold
    made: Spool[Line] = Spool(Line._make, lambda row: len(row.shared), held=10)
    made.extend(Line(number, (1, 2, 3, 4)) for number in range(7))
    # THEN three of them are too much
    assert repr(made) == "<Spool[7 rows, 1 in memory]>"


def test_what_rows_share_they_share_again() -> None:
    made, _ = filled(30, held=30)
    rows = list(made)
    assert rows[0].shared is rows[1].shared


def test_rows_are_read_while_others_are_added() -> None:
    made, lines = filled(25)
    assert made[3] == lines[3]
    made.extend(lines)
    assert list(made) == lines * 2


def test_without_a_place_for_files_it_stays_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a machine on which no temporary file can be made
    def refuse(**_: object) -> None:
        raise FileNotFoundError("no usable temporary directory")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    # THEN rows are kept all the same
    made, lines = filled(95)
    assert list(made) == lines


def test_a_full_disk_loses_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a disk that is full after the first part
    class Full(spool.io.BytesIO):
        def write(self, data: bytes) -> int:  # type: ignore[override]
            if self.tell():
                super().write(data[:3])
                raise OSError(28, "No space left on device")
            return super().write(data)

    monkeypatch.setattr(spool, "_file", Full)
    # THEN what comes later stays in memory
    made, lines = filled(95)
    assert list(made) == lines
    assert repr(made) == "<Spool[95 rows, 85 in memory]>"


def test_the_file_is_closed_with_the_spool() -> None:
    made, _ = filled(20)
    file = made._file
    assert file is not None
    del made
    gc.collect()
    assert file.closed
