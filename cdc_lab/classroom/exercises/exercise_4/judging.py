"""What the board, the index and the log must hold after a run, and in what they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cdc_lab.classroom.exercises.common import given_up
from cdc_lab.classroom.exercises.exercise_4.steps import Streams
from cdc_lab.classroom.exercises.exercise_4.tables import BOARD, Left
from cdc_lab.classroom.exercises.exercise_4.truth import (
    COLUMNS,
    Board,
    board_of,
    board_without_old_images,
    number,
    table_of,
)
from cdc_lab.classroom.exercises.logs import in_order, one_row_each
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.values import shown
from cdc_lab.patterns import StreamRecord, as_document
from cdc_lab.patterns.changes import same

KINDS = (
    "given up",
    "swallowed",
    "board",
    "no document",
    "left over",
    "document",
    "no event id",
    "unknown",
    "twice",
    "missing",
    "order",
    "after",
)
"""What can differ: what explains most comes first. A diagnosis goes by the first kind that is there."""
_FIELDS = ("carrier", "origin", "dest", "status", "dep_delay")


def judge(run: Run) -> list[Difference]:
    """Everything that is not as it must be; what matters most comes first."""
    parts = {call.part for call in run.calls}
    found = [*given_up(run, _name)]
    if "board" in parts:
        found += _board(run)
    if "index" in parts:
        found += _documents(run)
    if "audit" in parts:
        found += _log(run)
    return sorted(found, key=lambda it: KINDS.index(it.kind))


def _name(record: StreamRecord) -> str:
    return f"{record.event_name} {table_of(record)} {_key(record)} at {record.created_at:%H:%M:%S}"


def _key(record: StreamRecord) -> str:
    return ", ".join(str(value) for value in record.keys.values())


# ---- the board -----------------------------------------------------------------------------------


def _board(run: Run) -> Iterator[Difference]:
    left: Left = run.found
    expected = expected_board(run)
    for airport in sorted({*expected, *left.board}):
        wanted, got = expected.get(airport, {}), left.board.get(airport, {})
        for column in COLUMNS:
            right, value = number(wanted, column), number(got, column)
            if value != right:
                what = f"{airport}: {column}"
                yield Difference("board", what, shown(right), shown(value), "", right, value)


def expected_board(run: Run) -> Board:
    """The rows that the changes make, but for those that nobody could read."""
    if isinstance(run.answers, Streams):
        # Without an old image a change cannot be counted by itself: who reports it has done enough.
        return board_without_old_images(run.answers.records, run.answers.given_up)
    return board_of(record for record in run.records if record.event_id not in run.poisoned)


# ---- the index -----------------------------------------------------------------------------------


def _documents(run: Run) -> Iterator[Difference]:
    left: Left = run.found
    unread = {_key(record) for record in run.records if record.event_id in run.poisoned}
    for flight in sorted(left.documents.keys() - left.departures.keys()):
        yield Difference("left over", f"document {flight[:40]}", "none: it is not in the table", "is there")
    for flight, item in sorted(left.departures.items()):
        if flight in unread:
            continue
        document = left.documents.get(flight)
        if document is None:
            yield Difference("no document", f"document {flight}", "is in the index", "is not")
            continue
        wanted = as_document(item)
        for name in _FIELDS:
            if document.get(name) != wanted.get(name):
                what = f"document {flight}: {name}"
                yield Difference("document", what, shown(wanted.get(name)), shown(document.get(name)))


# ---- the log -------------------------------------------------------------------------------------


def _log(run: Run) -> Iterator[Difference]:
    left: Left = run.found
    changes = {record.event_id: record for record in left.changes if record.event_id not in run.poisoned}
    yield from one_row_each(left.log, changes, _row, _change)
    for row in left.log:
        change = changes.get(str(row.get("event_id")))
        if change is not None and not _same_row(row.get("after"), change.new_image):
            wanted, got = shown(change.new_image), shown(row.get("after"))
            yield Difference("after", f"{_row(row)}: after", wanted, got)
    yield from in_order(left.log, left.changes, "origin")


def _change(record: StreamRecord) -> str:
    return f"{record.event_name} {BOARD} {_key(record)} at {record.created_at:%H:%M:%S}"


def _row(row: Mapping[str, Any]) -> str:
    return f"row {row['item']}, {shown(row['change'], 24)}"


def _same_row(got: Any, wanted: Any) -> bool:
    if wanted is None:
        return got is None
    return isinstance(got, dict) and same(got, dict(wanted))
