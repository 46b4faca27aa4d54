"""Some flights of a day from their first change to their end, all at one moment."""

from __future__ import annotations

from typing import Any, Protocol

from cdc_lab.classroom.datasets import Day
from cdc_lab.classroom.flight_changes import Table


class TableWithDeletes(Table, Protocol):
    """What is needed of a boto3 Table resource."""

    def delete_item(self, **arguments: Any) -> Any:
        """Delete an item."""


def write_whole_lives(day: Day, table: TableWithDeletes, origin: str = "LGA", every: int = 8) -> int:
    """Write all changes of every eighth flight out of an airport, in order of time, without moving the clock.

    A cancelled flight gives its aircraft back: its ``tailnum`` is removed from the item, if it had one.
    Flights that arrived are deleted in the end, as time to live would do hours later.

    Parameters
    ----------
    day : Day
    table : boto3 Table
        With the partition key ``flight_id`` and no sort key.
    origin : str
        The airport's code.
    every : int
        Each which of its flights is taken, from the first.

    Returns
    -------
    int
        How many flights were written.
    """
    chosen = [flight for flight in day.records if flight.origin == origin][::every]
    ids = {flight.flight_id for flight in chosen}
    for change in day.changes():
        if change.flight_id in ids:
            change.write(table)
            if change.kind == "cancelled":
                table.update_item(Key={"flight_id": change.flight_id}, UpdateExpression="REMOVE tailnum")
    for flight in chosen:
        if flight.status == "arrived":
            table.delete_item(Key={"flight_id": flight.flight_id})
    return len(chosen)
