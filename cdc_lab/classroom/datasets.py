"""A real day at New York's airports, from the CSV files in ``data/``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Protocol

from cdc_lab.errors import LabError, require

require("frames", "a day of flights", "pandas")

import pandas as pd

from cdc_lab.classroom.flight_changes import BOARD_AHEAD, RULES, FlightChange, Table, changes_of
from cdc_lab.classroom.flight_files import (
    NEW_YORK,
    data_folder,
    read_airlines,
    read_airports,
    read_flights,
)
from cdc_lab.classroom.flights import Flight, delays_by, to_frame
from cdc_lab.clock import aware

__all__ = ["NEW_YORK", "RULES", "Day", "FlightChange", "days", "load_day"]


class LabClock(Protocol):
    """What a replay needs of the lab's clock."""

    def now(self) -> datetime: ...

    def advance(self, by: timedelta | datetime, /) -> None: ...


class LabWithClock(Protocol):
    """What a replay needs of the lab."""

    @property
    def clock(self) -> LabClock: ...


@dataclass(frozen=True)
class Day:
    """The flights that left, or should have left, New York's airports on one day.

    Attributes
    ----------
    date : datetime.date
        The day of the scheduled departures, in New York.
    records : tuple of Flight
        The flights, in the file's order.
    airlines, airports : pandas.DataFrame
        ``carrier, name`` and ``faa, name, tzone, source``.
    """

    date: date
    records: tuple[Flight, ...] = field(repr=False)
    airlines: pd.DataFrame = field(repr=False, compare=False)
    airports: pd.DataFrame = field(repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.records)

    def __repr__(self) -> str:
        cancelled = sum(flight.status == "cancelled" for flight in self.records)
        return f"<Day {self.date}: {len(self)} flights, {cancelled} cancelled>"

    @cached_property
    def flights(self) -> pd.DataFrame:
        """One row per flight: the truth that every aggregate and rebuilt state is compared with.

        Delays and ``air_time`` in minutes, ``distance`` in miles, the four times as UTC timestamps.
        """
        return to_frame(self.records)

    @property
    def start(self) -> datetime:
        """When a lab should open for this day: as the first flight is put on the board (a rule)."""
        return min(flight.scheduled_departure for flight in self.records) - BOARD_AHEAD

    def changes(self) -> list[FlightChange]:
        """Return what happens on the day, in order of time, then kind, then flight id."""
        return changes_of(self.records)

    def by_origin(self) -> pd.DataFrame:
        """Return counts and departure delays (minutes) by airport of departure, straight from the CSV."""
        return delays_by(self.flights, "origin")

    def by_carrier(self) -> pd.DataFrame:
        """Return counts and departure delays (minutes) by carrier, straight from the CSV."""
        return delays_by(self.flights, "carrier")

    def replay(
        self,
        lab: LabWithClock,
        table: Table,
        until: datetime | None = None,
        on_progress: Callable[[int, int], None] | None = None,
        *,
        since: datetime | None = None,
    ) -> int:
        """Write the day's changes with boto3, each when the lab's clock shows its time.

        What a function or the table's TTL does meanwhile happens in between. The expiry of an item
        (attribute ``expires_at``, epoch seconds) is left to the table's TTL.

        From the first flight on the board to the last landing a day takes 26 to 28 hours, longer than a
        stream record lives (24 h, A38): who reads the stream only afterwards has missed the beginning.

        Parameters
        ----------
        lab : Lab
            Its clock is moved to each change. A change whose time is past already is written at once:
            the clock never goes back.
        table : boto3 Table
            With the partition key ``flight_id`` and no sort key.
        until : aware datetime, optional
            Write the changes before this moment only, and leave the clock there.
        on_progress : callable, optional
            Called as ``on_progress(done, total)`` after each write.
        since : aware datetime, optional
            Leave out the changes before this moment: ``since`` the last call's ``until`` goes on.

        Returns
        -------
        int
            How many changes were written.

        Raises
        ------
        LabError
            When the lab's clock is past the last of the changes, or a datetime has no time zone.
        """
        first = aware(since, "since") if since is not None else None
        end = aware(until, "until") if until is not None else None
        chosen = [
            change
            for change in self.changes()
            if (first is None or change.at >= first) and (end is None or change.at < end)
        ]
        now = lab.clock.now()
        if chosen and now > chosen[-1].at:
            raise LabError(
                f"the lab's clock shows {now.isoformat(timespec='seconds')}, the last change to write is of "
                f"{chosen[-1].at.isoformat()}: run the cell that opens the lab, with Lab(start=day.start)"
            )
        for done, change in enumerate(chosen, start=1):
            if change.at > lab.clock.now():
                lab.clock.advance(change.at)
            change.write(table)
            if on_progress is not None:
                on_progress(done, len(chosen))
        if end is not None and end > lab.clock.now():
            lab.clock.advance(end)
        return len(chosen)


def days() -> list[str]:
    """Return the days in the data, as ``YYYY-MM-DD``, oldest first."""
    names = [path.stem.removeprefix("flights_") for path in data_folder().glob("flights_*.csv")]
    return sorted(name for name in names if _is_day(name))


def load_day(day: str | date) -> Day:
    """Load one day of flights.

    Parameters
    ----------
    day : str or datetime.date
        As ``"2013-03-08"``; `days` lists those that there are.

    Raises
    ------
    LabError
        When there is no such day, or when a row cannot be true: then nothing is loaded.
    """
    name = str(day)
    if name not in days():
        raise LabError(f"no flights for the day {name!r}: there are {', '.join(days())}")
    when, folder = date.fromisoformat(name), data_folder()
    airlines, airports = read_airlines(folder), read_airports(folder)
    return Day(
        date=when,
        records=read_flights(folder, when, airlines, airports),
        airlines=pd.DataFrame(airlines.items(), columns=["carrier", "name"]),
        airports=pd.DataFrame([dict(row.cells) for row in airports.values()]),
    )


def _is_day(name: str) -> bool:
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False
