"""What tables showed at each hour of a day, beside what the CSV says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cdc_lab.classroom.planned_writes import Timed, plan_writes
from cdc_lab.emulator.faults import Faults
from cdc_lab.errors import LabError

if TYPE_CHECKING:
    import pandas as pd

    from cdc_lab.lab import Lab

_HOUR = timedelta(hours=1)
_FOR_THE_BATCH = timedelta(seconds=59)  # a change on the hour has been delivered by then


def hour_by_hour(
    lab: Lab,
    table: Any,
    changes: Iterable[Timed],
    values: Mapping[str, Callable[[], float]],
    truth: Callable[[datetime], float],
    faults: Faults | None = None,
) -> pd.DataFrame:
    """Let changes happen at their times, and read values and the truth a minute after each full hour.

    The last hour is left out: the changes end in it.

    Parameters
    ----------
    lab : Lab
    table : boto3 Table
        Where the changes are written.
    changes : iterable of FlightChange
        In order of time.
    values : mapping of str to callable
        Name of a series to a function that reads its present value.
    truth : callable
        Given the lab's time (aware, UTC), what the values should be.
    faults : Faults, optional
        What goes wrong meanwhile.

    Returns
    -------
    DataFrame
        Columns ``at`` (UTC), one for each series, and ``truth``.

    Raises
    ------
    LabError
        The changes end within the present hour, or ended before.
    """
    import pandas as pd

    planned = list(changes)
    if planned and _next_reading(lab.clock.now()) > planned[-1].at:
        raise LabError(
            f"it is {lab.clock.now():%H:%M} in the lab, and the last change was due {planned[-1].at:%H:%M}: "
            "run the cell that opens the lab, and those below it"
        )
    end = plan_writes(lab, table, planned)
    rows = []
    while (at := _next_reading(lab.clock.now())) <= end:
        lab.run(until=at, faults=faults)
        now = lab.clock.now()
        rows.append({"at": now, **{name: read() for name, read in values.items()}, "truth": truth(now)})
    return pd.DataFrame(rows)


def _next_reading(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + _HOUR + _FOR_THE_BATCH
