"""What the audit log must hold after a run, and in what it differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from cdc_lab.classroom.exercises.common import given_up, name
from cdc_lab.classroom.exercises.exercise_1.scenarios import as_text
from cdc_lab.classroom.exercises.exercise_1.table import PARTITION_KEY, Log, Rows
from cdc_lab.classroom.exercises.logs import in_order, one_row_each
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.values import shown
from cdc_lab.patterns import Change, StreamRecord
from cdc_lab.patterns.changes import same

_MISSING = object()
KINDS = (
    "given up",
    "swallowed",
    "no event id",
    "unknown",
    "twice",
    "missing",
    "order",
    "who",
    "when",
    "action",
    "flight_id",
    "changes form",
    "changes",
)
"""What can differ: what explains most comes first. A diagnosis goes by the first kind that is there."""


def judge(run: Run) -> list[Difference]:
    """Everything that is not as it must be; what matters most comes first."""
    log: Log = run.found
    rows = log.rows
    expected = {r.event_id: r for r in run.records if r.event_id not in run.poisoned}
    found = [
        *given_up(run),
        *_rows(rows, expected, run),
        *_attributes(rows, expected),
        *in_order(rows, list(expected.values()), PARTITION_KEY),
    ]
    place = {record.event_id: number for number, record in enumerate(run.records)}
    return sorted(found, key=lambda it: (KINDS.index(it.kind), place.get(it.event_id, -1)))


def who(record: StreamRecord) -> str:
    """Who made a change."""
    return "ttl" if record.is_ttl_delete else "user"


def _rows(rows: Rows, expected: Mapping[str, StreamRecord], run: Run) -> Iterator[Difference]:
    for row in rows:
        if (event_id := str(row.get("event_id"))) in run.poisoned:
            yield Difference("swallowed", _row(row), "no row: it cannot be read", "a row", event_id)
    others = [row for row in rows if str(row.get("event_id")) not in run.poisoned]
    yield from one_row_each(others, expected, _row, name, run.given_up)


def _row(row: Mapping[str, Any]) -> str:
    return f"row {row[PARTITION_KEY]}, {shown(row['sequence'], 24)}"


def _attributes(rows: Rows, expected: Mapping[str, StreamRecord]) -> Iterator[Difference]:
    for row in rows:
        record = expected.get(str(row.get("event_id")))
        if record is not None:
            found = [*_plain_attributes(row, record), *_changes(row, record)]
            yield from (
                difference._replace(what=f"{name(record)}: {difference.what}", event_id=record.event_id)
                for difference in found
            )


def _plain_attributes(row: Mapping[str, Any], record: StreamRecord) -> Iterator[Difference]:
    exact = {PARTITION_KEY: record.keys[PARTITION_KEY], "action": record.event_name, "who": who(record)}
    for attribute, value in exact.items():
        got = row.get(attribute, _MISSING)
        if got != value:
            yield Difference(attribute, attribute, shown(value), _shown(got), "", value, got)
    got = row.get("when", _MISSING)
    if _moment(got) != record.created_at:
        yield Difference(
            "when", "when", shown(as_text(record.created_at)), _shown(got), "", record.created_at, got
        )


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def _changes(row: Mapping[str, Any], record: StreamRecord) -> Iterator[Difference]:
    changes = row.get("changes", _MISSING)
    if not isinstance(changes, Mapping):
        expected = "a map of attribute to old and new value"
        yield Difference("changes form", "changes", expected, _shown(changes), "", None, changes)
        return
    expected_changes = {n: c for n, c in record.changes().items() if n not in record.keys}
    for attribute in sorted({*expected_changes, *changes} - record.keys.keys()):
        got = changes.get(attribute, _MISSING)
        change = expected_changes.get(attribute)
        wanted = _sides(change) if change is not None else _MISSING
        if wanted is _MISSING or not isinstance(got, Mapping) or not same(dict(got), wanted):
            what = f"changes.{attribute}"
            yield Difference("changes", what, _shown(wanted), _shown(got), "", wanted, got)


def _sides(change: Change) -> dict[str, Any]:
    # An attribute that was added has no old side, one that was removed no new side.
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def _shown(value: Any) -> str:
    return "(nothing)" if value is _MISSING else shown(value)


def is_missing(value: object) -> bool:
    """Whether a difference found nothing there."""
    return value is _MISSING
