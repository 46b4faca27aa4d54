"""The tables of the exercise: the events, which each run makes anew, and what the reader writes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cdc_lab.classroom.exercises.common import scanned
from cdc_lab.classroom.exercises.steps import Source

EVENTS = Source("events", "flight_id", ("version", "N"), view_type="NEW_IMAGE")
BOARD, SNAPSHOTS = "board", "snapshots"
Rows = dict[str, dict[str, Any]]


class Found(NamedTuple):
    """What a run left.

    Attributes
    ----------
    events : dict of list
        The items by flight, in the order of their versions.
    board, snapshots : dict
        The rows by flight.
    """

    events: dict[str, list[dict[str, Any]]]
    board: Rows
    snapshots: Rows


def prepare(lab: Any) -> Callable[[], Found]:
    """Make the board and the table of snapshots; return what reads all tables, and empties these."""
    own = [lab.create_table(name, EVENTS.partition_key, stream_view_type=None) for name in (BOARD, SNAPSHOTS)]

    def collect() -> Found:
        contents = [scanned(table) for table in own]
        for table, rows in zip(own, contents, strict=True):
            for row in rows:
                table.delete_item(Key={"flight_id": row["flight_id"]})
        return Found(_by_flight(lab), *({row["flight_id"]: row for row in rows} for rows in contents))

    return collect


def _by_flight(lab: Any) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    items = scanned(lab.resource("dynamodb").Table(EVENTS.name))
    for item in sorted(items, key=lambda item: item["version"]):
        found.setdefault(item["flight_id"], []).append(item)
    return found
