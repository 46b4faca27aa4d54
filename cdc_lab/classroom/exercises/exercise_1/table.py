"""The audit table: what the handler writes to, and how it is read afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from cdc_lab.classroom.exercises.common import scanned
from cdc_lab.patterns import StreamRecord

NAME, PARTITION_KEY, SORT_KEY = "audit", "flight_id", "sequence"
Rows = list[dict[str, Any]]


class Log(NamedTuple):
    """What a run left in the audit table.

    Attributes
    ----------
    rows : list of dict
        Flight by flight, each flight's in the order in which Query returns them.
    replaced : frozenset of str
        Events whose row was there, and gave way to the row of another event.
    """

    rows: Rows
    replaced: frozenset[str]


def prepare(lab: Any) -> Callable[[], Log]:
    """Make the audit table; the function returned reads its rows and empties it."""
    table = make(lab)

    def collect() -> Log:
        log = Log(read(table), _replaced(lab.read_stream(table)))
        table.delete()
        make(lab)
        return log

    return collect


def make(lab: Any) -> Any:
    """Create the audit table in a lab; its own stream tells afterwards what became of its rows."""
    return lab.create_table(NAME, PARTITION_KEY, SORT_KEY)


def _replaced(records: Iterable[StreamRecord]) -> frozenset[str]:
    return frozenset(
        str(record.old_image["event_id"])
        for record in records
        if record.event_name == "MODIFY" and record.old_image and record.new_image
        if "event_id" in record.old_image and record.old_image["event_id"] != record.new_image.get("event_id")
    )


def read(table: Any) -> Rows:
    """Every row, flight by flight, each flight's in the order in which Query returns them."""
    # DynamoDB orders strings by their bytes.
    return sorted(scanned(table), key=lambda row: (row[PARTITION_KEY], row[SORT_KEY].encode()))
