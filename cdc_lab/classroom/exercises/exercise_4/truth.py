"""What the board must show: from items, or from the changes that made them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cdc_lab.patterns import Aggregate, StreamRecord, fold
from cdc_lab.patterns.aggregates import Delta
from cdc_lab.patterns.deserializer import Item

COLUMNS = ("flights", "departed", "cancelled", "dep_delay", "arrived", "arr_delay")
"""The board's numbers, one row an airport."""


Board = dict[str, Mapping[str, Decimal]]
"""The rows by airport."""


def _when(status: str, value: str | None = None) -> Callable[[Item], Decimal | int | None]:
    def amount(item: Item) -> Decimal | int | None:
        if item.get("status") != status:
            return None
        return 1 if value is None else item.get(value)

    return amount


BOARD_OF = {
    "departures": Aggregate(
        "origin",
        {
            "flights": 1,
            "departed": _when("departed"),
            "cancelled": _when("cancelled"),
            "dep_delay": _when("departed", "dep_delay"),
        },
    ),
    "arrivals": Aggregate(
        "origin", {"arrived": _when("arrived"), "arr_delay": _when("arrived", "arr_delay")}
    ),
}
"""What an item of each table contributes; one that time to live removed stays counted."""


def table_of(record: StreamRecord) -> str:
    """The table whose stream a record is of."""
    return (record.stream_arn or "").partition(":table/")[2].partition("/")[0]


def board_of(records: Iterable[StreamRecord]) -> Board:
    """Return the rows that these changes make, by airport."""
    deltas = [
        delta
        for record in records
        if (source := table_of(record)) in BOARD_OF
        for delta in BOARD_OF[source].deltas(record)
    ]
    return dict(fold(deltas))


def board_with(records: Iterable[StreamRecord], is_expiry: Callable[[StreamRecord], bool]) -> Board:
    """The rows as somebody makes them who tells by `is_expiry` which flights that are gone stay counted."""
    deltas = [
        delta
        for record in records
        if (source := table_of(record)) in BOARD_OF
        and not (record.event_name == "REMOVE" and is_expiry(record))
        for delta in replace(BOARD_OF[source], ttl_deletes="subtract").deltas(record)
    ]
    return dict(fold(deltas))


def board_without_old_images(records: Iterable[StreamRecord], skipped: Collection[str]) -> Board:
    """The rows that changes make which may lack their old image; those with these event ids are left out."""
    items: dict[tuple[str, Any], Item] = {}
    deltas: list[Delta] = []
    for record in records:
        item, source = (table_of(record), record.keys["flight_id"]), BOARD_OF[table_of(record)]
        before = source.totals([items[item]]) if item in items else {}
        after = source.totals([record.new_image]) if record.new_image else {}
        if record.event_id not in skipped:
            minus = {group: {name: -value for name, value in row.items()} for group, row in before.items()}
            deltas += [Delta(group, row) for sums in (minus, after) for group, row in sums.items()]
        items[item] = record.new_image or {}
    return dict(fold(deltas))


def number(row: Mapping[str, Any], column: str) -> Any:
    """A number of a row; one that is not there is zero."""
    return row.get(column, Decimal(0))
