"""Writes that happen while a run goes on: for days on which something is to go wrong."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from datetime import datetime
from itertools import pairwise
from typing import Any, Protocol

from cdc_lab.classroom.flight_changes import Table
from cdc_lab.clock import Clock
from cdc_lab.errors import LabError


class LabWithProcesses(Protocol):
    """What planning needs of the lab."""

    @property
    def clock(self) -> Clock:
        """Its clock."""


class Timed(Protocol):
    """What can be planned: a `FlightChange`, or another write that has its time."""

    @property
    def at(self) -> datetime:
        """When: aware, UTC."""

    def write(self, table: Table) -> None:
        """Write it."""


def plan_writes(lab: LabWithProcesses, table: Table, changes: Iterable[Timed]) -> datetime:
    """Plan changes: each is written when the lab's clock shows its time, during whatever run reaches it.

    `Day.replay` moves the clock itself, and time that moves by the clock is free of faults. A planned day
    passes in ``lab.run(until=..., faults=...)`` instead, so that the faults strike while it is written.
    ``lab.run()`` without ``until`` does not wait for planned writes: it ends when the mappings are drained.

    Parameters
    ----------
    lab : Lab
    table : boto3 Table
        With the partition key ``flight_id`` and no sort key.
    changes : iterable of FlightChange, or of what has its ``at`` and ``write``
        In order of time, such as ``day.changes()`` or a part of it. One whose time is past is written as soon
        as time passes.

    Returns
    -------
    datetime
        When the last one will be written: aware, UTC.

    Raises
    ------
    LabError
        There are no changes, or their times are out of order.
    """
    planned = list(changes)
    if not planned:
        raise LabError("there are no changes to plan: take day.changes(), or a part of it that is not empty")
    for before, after in pairwise(planned):
        if after.at < before.at:
            raise LabError(f"{after} comes after {before.at:%H:%M:%S} in the plan: sort the changes by `at`")
    lab.clock.env.process(_write(lab.clock, table, planned))
    return planned[-1].at


def _write(clock: Clock, table: Table, changes: list[Timed]) -> Generator[Any, Any, None]:
    for change in changes:
        wait = clock.at(change.at) - float(clock.env.now)
        if wait > 0:
            yield clock.env.timeout(wait)
        change.write(table)
