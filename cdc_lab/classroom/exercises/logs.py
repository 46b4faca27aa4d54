"""What several exercises ask of a log: one row for each record, told by its event id, in the right order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.values import shown
from cdc_lab.patterns import StreamRecord

Rows = Sequence[Mapping[str, Any]]


def one_row_each(
    rows: Rows,
    expected: Mapping[str, StreamRecord],
    row_name: Callable[[Mapping[str, Any]], str],
    name: Callable[[StreamRecord], str],
    lost: Collection[str] = (),
) -> Iterator[Difference]:
    """Rows that are no record's, and records that have no row, or several.

    Parameters
    ----------
    rows : sequence of mapping
        With the attribute ``event_id``.
    expected : mapping
        The records that must have a row, by event id.
    row_name, name : callable
        How a row and a record are called.
    lost : collection of str
        Event ids of records that need no row: Lambda gave them up.
    """
    counted = Counter(str(row.get("event_id", "")) for row in rows)
    for row in rows:
        event_id = row.get("event_id")
        if event_id is None:
            wanted = "event_id, the record's eventID"
            yield Difference("no event id", row_name(row), wanted, "no such attribute")
        elif str(event_id) not in expected:
            yield Difference("unknown", row_name(row), "a record's eventID", shown(event_id))
    for event_id, record in expected.items():
        if counted[event_id] == 0 and event_id not in lost:
            yield Difference("missing", name(record), "one row", "no row", event_id)
        elif counted[event_id] > 1:
            yield Difference("twice", name(record), "one row", f"{counted[event_id]} rows", event_id)


def in_order(rows: Rows, records: Sequence[StreamRecord], key: str) -> Iterator[Difference]:
    """Items whose rows are not in the order of their changes; those that lack rows are left out.

    Parameters
    ----------
    rows : sequence of mapping
        Each item's as Query returns them; none of a record twice.
    records : sequence of StreamRecord
    key : str
        The attribute of the records' key that is the item.
    """
    found = [str(row.get("event_id")) for row in rows]
    if len(set(found)) < len(found):
        return
    for item in dict.fromkeys(record.keys[key] for record in records):
        own = sorted((r for r in records if r.keys[key] == item), key=lambda r: r.sequence)
        place = {record.event_id: position for position, record in enumerate(own, start=1)}
        got = [place[event_id] for event_id in found if event_id in place]
        if got != sorted(got) and len(got) == len(own):
            yield Difference("order", f"order of {item}'s rows", _listed(sorted(got)), _listed(got))


def _listed(numbers: Sequence[int]) -> str:
    return "changes " + ", ".join(map(str, numbers))
