"""What the board must show: from items, or from the changes that made them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from cdc_lab.patterns import Aggregate, StreamRecord, fold
from cdc_lab.patterns.deserializer import Item

COLUMNS = ("flights", "departed", "cancelled", "dep_delay", "arrived", "arr_delay")
"""The board's numbers, one row an airport."""


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


def board_of(records: Iterable[StreamRecord]) -> dict[str, Mapping[str, Decimal]]:
    """Return the rows that these changes make, by airport."""
    deltas = [
        delta
        for record in records
        if (source := table_of(record)) in BOARD_OF
        for delta in BOARD_OF[source].deltas(record)
    ]
    return dict(fold(deltas))


def number(row: Mapping[str, Any], column: str) -> Any:
    """A number of a row; one that is not there is zero."""
    return row.get(column, Decimal(0))
