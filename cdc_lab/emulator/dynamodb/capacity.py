"""ConsumedCapacity: what a call would cost, and how an answer says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdc_lab.emulator.dynamodb.indexes import Index

WRITE_BYTES = 1024
READ_BYTES = 4096

Body = dict[str, Any]


def is_wanted(body: Body) -> bool:
    """Whether a call asks for its ConsumedCapacity."""
    asked: str = body.get("ReturnConsumedCapacity", "NONE")
    return asked != "NONE"


def write_units(size: int) -> float:
    """Write capacity units of an item of `size` bytes: one for each KB begun."""
    return float(max(1, -(-size // WRITE_BYTES)))


def read_units(size: int, *, consistent: bool) -> float:
    """Read capacity units of `size` bytes: one for each 4 KB begun, or half of it."""
    return max(1, -(-size // READ_BYTES)) * (1.0 if consistent else 0.5)


def capacity(
    body: Body, table: str, units: float, *, index: Index | None = None, index_units: float = 0.0
) -> dict[str, Any]:
    """A ConsumedCapacity as the call asked for it.

    Parameters
    ----------
    body : dict
        With ``ReturnConsumedCapacity``: ``TOTAL``, or ``INDEXES`` for table and indexes apart.
    table : str
        Its name.
    units : float
        Of the table itself.
    index : Index, optional
        What was read instead of the table, or beside it.
    index_units : float
    """
    found: dict[str, Any] = {"TableName": table, "CapacityUnits": units + index_units}
    if body["ReturnConsumedCapacity"] == "INDEXES":
        found["Table"] = {"CapacityUnits": units}
        if index is not None:
            kind = "LocalSecondaryIndexes" if index.is_local else "GlobalSecondaryIndexes"
            found[kind] = {index.name: {"CapacityUnits": index_units}}
    return found


def capacities(body: Body, units: Mapping[str, float], *, kind: str | None = None) -> dict[str, Any]:
    """What a call of several tables adds to its answer: their units by name, if it asks for them.

    Parameters
    ----------
    body : dict
    units : mapping
    kind : str, optional
        ``ReadCapacityUnits`` or ``WriteCapacityUnits``: transactions say it once more under this name.
    """
    if not is_wanted(body):
        return {}
    found = [capacity(body, name, used) for name, used in units.items()]
    if kind is not None:
        for one in found:
            one[kind] = one["CapacityUnits"]
    return {"ConsumedCapacity": found}
