"""What a reader hands in to show where a handler goes wrong: writes, faults, a batch size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from cdc_lab.classroom.exercises.writes import Write
from cdc_lab.emulator.faults import NO_FAULTS, Faults


def put(flight_id: str, /, after: float = 60.0, **values: Any) -> Write:
    """PutItem: the flight has these attributes, and no others.

    Parameters
    ----------
    flight_id : str
    after : float
        Lab seconds that pass before it.
    **values
        Attributes, in Python's types as boto3's Table takes them.
    """
    return Write("put", flight_id, values, after=after)


def update(flight_id: str, /, after: float = 60.0, without: Sequence[str] = (), **values: Any) -> Write:
    """UpdateItem: these attributes are set, and those named in `without` are removed; the rest stays.

    A single name may stand without its list.
    """
    removed = (without,) if isinstance(without, str) else tuple(without)
    return Write("update", flight_id, values, removed, after)


def delete(flight_id: str, /, after: float = 60.0) -> Write:
    """DeleteItem."""
    return Write("delete", flight_id, after=after)


@dataclass(frozen=True, repr=False)
class Case:
    """A history, and what goes wrong while it is delivered.

    Parameters
    ----------
    writes : sequence of Write
        Made by `put`, `update` and `delete`.
    faults : Faults
        None by default.
    batch_size : int
        ``BatchSize`` of the mapping.
    """

    writes: Sequence[Write]
    faults: Faults = NO_FAULTS
    batch_size: int = 10

    def lines(self) -> list[str]:
        """The case as it is shown."""
        writes = [f"  {number}. {write}{_pause(write)}" for number, write in enumerate(self.writes, start=1)]
        return [*writes, *([f"  {self.faults}"] if self.faults != NO_FAULTS else []), *self._batch()]

    def _batch(self) -> list[str]:
        return [f"  in batches of {self.batch_size}"] if self.batch_size != 10 else []

    def __repr__(self) -> str:
        return "Case(" + "; ".join(line.strip() for line in self.lines()) + ")"

    def without(self, place: int) -> Case:
        """The case without one of its writes."""
        return replace(self, writes=[*self.writes[:place], *self.writes[place + 1 :]])


def _pause(write: Write) -> str:
    if write.after == 60.0:
        return ""
    return " (at once)" if write.after == 0 else f" ({write.after:g} s later)"
