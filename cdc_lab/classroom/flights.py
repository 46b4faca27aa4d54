"""One flight of the day, and the day's flights as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

import pandas as pd

Outcome = Literal["arrived", "cancelled", "diverted"]
TIMES = ("scheduled_departure", "departed_at", "scheduled_arrival", "arrived_at")
MINUTES = ("dep_delay", "arr_delay", "air_time")


@dataclass(frozen=True)
class Flight:
    """One flight; its times are aware and in UTC, delays and `air_time` in minutes, `distance` in miles.

    ``None`` stands where the data holds nothing: a cancelled flight has no departure, a diverted one no
    arrival delay.
    """

    flight_id: str
    carrier: str
    flight: int
    tailnum: str | None
    origin: str
    dest: str
    distance: int
    scheduled_departure: datetime
    departed_at: datetime | None
    dep_delay: int | None
    scheduled_arrival: datetime
    arrived_at: datetime | None
    arr_delay: int | None
    air_time: int | None

    @property
    def status(self) -> Outcome:
        """How the flight ended. The data has no such column: it follows from what is missing."""
        if self.dep_delay is None:
            return "cancelled"
        return "diverted" if self.arr_delay is None else "arrived"


def to_frame(flights: Sequence[Flight]) -> pd.DataFrame:
    """Return one row per flight, in the order given; missing numbers are ``<NA>``, missing times ``NaT``."""
    frame = pd.DataFrame([{**asdict(flight), "status": flight.status} for flight in flights])
    for column in TIMES:
        frame[column] = pd.to_datetime(frame[column], utc=True)
    return frame.astype(dict.fromkeys(MINUTES, "Int64"))


def delays_by(flights: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return counts and departure delays of `flights` grouped by `column`, sorted by it.

    Columns: ``flights``, ``departed``, ``cancelled`` (counts), ``dep_delay_sum`` (minutes; early
    departures count negative) and ``dep_delay_mean`` (minutes per flight that departed).
    """
    groups = flights.groupby(column, sort=True)
    delay = groups["dep_delay"]
    return pd.DataFrame(
        {
            "flights": groups.size(),
            "departed": delay.count().astype("int64"),
            "cancelled": groups.size() - delay.count().astype("int64"),
            "dep_delay_sum": delay.sum().astype("int64"),
            "dep_delay_mean": delay.mean().astype("float64"),
        }
    )
