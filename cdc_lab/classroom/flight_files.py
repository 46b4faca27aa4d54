"""The flight files, read strictly: a row that cannot be true is refused with file name and line."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cdc_lab.classroom.flights import Flight
from cdc_lab.errors import LabError
from cdc_lab.own_files import own_folders

NEW_YORK = ZoneInfo("America/New_York")
AIRLINE_COLUMNS = ("carrier", "name")
AIRPORT_COLUMNS = ("faa", "name", "tzone", "source")
FLIGHT_COLUMNS = (
    "year",
    "month",
    "day",
    "dep_time",
    "sched_dep_time",
    "dep_delay",
    "arr_time",
    "sched_arr_time",
    "arr_delay",
    "carrier",
    "flight",
    "tailnum",
    "origin",
    "dest",
    "air_time",
    "distance",
    "hour",
    "minute",
    "time_hour",
)


def data_folder() -> Path:
    """Return the folder of the CSV files: ``CDC_LAB_DATA``, the course's own, or the nearest above."""
    chosen = os.environ.get("CDC_LAB_DATA")
    if chosen:
        places = [Path(chosen)]
    else:
        here = Path.cwd()
        places = [*own_folders("data"), *(folder / "data" for folder in (here, *here.parents))]
    for place in places:
        if (place / "airports.csv").is_file():
            return place
    where = f"CDC_LAB_DATA is {chosen!r}, which" if chosen else "no folder 'data' here or above"
    raise LabError(
        f"{where} holds no airports.csv: set CDC_LAB_DATA to the data folder of the course's checkout"
    )


@dataclass(frozen=True)
class CsvRow:
    """One line of a CSV file, which knows how to refuse itself."""

    file: str
    line: int
    cells: Mapping[str, str]

    def refusal(self, problem: str) -> LabError:
        """Return the error that names this line."""
        return LabError(
            f"{self.file}, line {self.line}: {problem}: put the original file back (data/README.md says how)"
        )

    def text(self, column: str, pattern: str, meaning: str) -> str:
        """Return the cell, which must match `pattern` as a whole."""
        cell = self.cells[column]
        if not re.fullmatch(pattern, cell, re.ASCII):
            raise self.refusal(f"{column} {cell!r} is not {meaning}")
        return cell

    def whole(self, column: str) -> int:
        """Return a number that is not negative."""
        return int(self.text(column, r"\d{1,5}", "a whole number"))

    def minutes(self, column: str) -> int | None:
        """Return minutes, negative for early, or ``None`` for an empty cell."""
        return int(self.text(column, r"-?\d{1,4}", "a number of minutes")) if self.cells[column] else None

    def clock(self, column: str) -> timedelta:
        """Return the time since midnight of a local time written as HMM or HHMM, up to 2400."""
        hours, minutes = divmod(int(self.text(column, r"\d{1,4}", "a time HHMM")), 100)
        if minutes > 59 or (hours, minutes) > (24, 0):
            raise self.refusal(f"{column} {self.cells[column]!r} is not a time HHMM")
        return timedelta(hours=hours, minutes=minutes)


def rows(path: Path, columns: tuple[str, ...]) -> Iterator[CsvRow]:
    """Yield the rows of a CSV file whose header must be exactly `columns`."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise LabError(
            f"{path.name} is missing: put the original file back (data/README.md says how)"
        ) from None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CsvRow(path.name, line, {}).refusal("it is not UTF-8 text") from None
    reader, line = csv.reader(io.StringIO(text, newline=""), strict=True), 1
    try:
        for cells in reader:
            row = CsvRow(path.name, line, dict(zip(columns, cells, strict=False)))
            if len(cells) != len(columns):
                raise row.refusal(f"{len(cells)} columns instead of {len(columns)}")
            if line > 1:
                yield row
            elif cells != list(columns):
                raise row.refusal(f"the header is not {','.join(columns)}")
            line = reader.line_num + 1
    except csv.Error as error:
        raise CsvRow(path.name, line, {}).refusal(str(error)) from None
    if line < 3:
        raise CsvRow(path.name, line, {}).refusal("the file ends before its first row")


def read_airlines(folder: Path) -> dict[str, str]:
    """Return name by carrier code."""
    names: dict[str, str] = {}
    for row in rows(folder / "airlines.csv", AIRLINE_COLUMNS):
        carrier = row.text("carrier", "[0-9A-Z]{2}", "a carrier code")
        if carrier in names:
            raise row.refusal(f"carrier {carrier!r} is there twice")
        names[carrier] = row.text("name", "(?s).+", "a name")
    return names


def read_airports(folder: Path) -> dict[str, CsvRow]:
    """Return row by FAA code; each row's zone is one that this Python knows."""
    airports: dict[str, CsvRow] = {}
    for row in rows(folder / "airports.csv", AIRPORT_COLUMNS):
        code = row.text("faa", "[0-9A-Z]{3}", "an airport code")
        if code in airports:
            raise row.refusal(f"airport {code!r} is there twice")
        try:
            ZoneInfo(row.text("tzone", "[A-Za-z_]+/[A-Za-z_/]+", "a time zone"))
        except ZoneInfoNotFoundError:
            raise row.refusal(f"tzone {row.cells['tzone']!r} is not a known time zone") from None
        airports[code] = row
    return airports


def read_flights(
    folder: Path, day: date, airlines: Mapping[str, str], airports: Mapping[str, CsvRow]
) -> tuple[Flight, ...]:
    """Return the flights of a day in the file's order, all of them or none."""
    flights: dict[str, Flight] = {}
    for row in rows(folder / f"flights_{day}.csv", FLIGHT_COLUMNS):
        for column in ("origin", "dest"):
            if row.cells[column] not in airports:
                raise row.refusal(f"{column} {row.cells[column]!r} is not in airports.csv")
        if row.cells["carrier"] not in airlines:
            raise row.refusal(f"carrier {row.cells['carrier']!r} is not in airlines.csv")
        flight = read_flight(row, day, ZoneInfo(airports[row.cells["dest"]].cells["tzone"]))
        if flight.flight_id in flights:
            raise row.refusal(f"flight {flight.flight_id!r} is there twice")
        flights[flight.flight_id] = flight
    return tuple(flights.values())


def read_flight(row: CsvRow, day: date, arrival_zone: ZoneInfo) -> Flight:
    """Return one flight; its times are put on the one axis where they can be compared: UTC."""
    dep_delay, arr_delay, air_time = (row.minutes(name) for name in ("dep_delay", "arr_delay", "air_time"))
    scheduled_departure = _scheduled_departure(row, day)
    departed_at = _late(row, "dep_time", scheduled_departure, dep_delay, NEW_YORK)
    scheduled_arrival = _next(scheduled_departure, row.clock("sched_arr_time"), arrival_zone)
    if arr_delay is None and departed_at and row.cells["arr_time"]:
        # Reached its destination after a diversion: the data gives the time, but no delay.
        arrived_at: datetime | None = _next(departed_at, row.clock("arr_time"), arrival_zone)
    else:
        arrived_at = _late(row, "arr_time", scheduled_arrival, arr_delay, arrival_zone)
    if arrived_at and not departed_at:
        raise row.refusal("it arrives without a departure")
    if (air_time is None) != (arr_delay is None):
        raise row.refusal(f"air_time {row.cells['air_time']!r} with arr_delay {row.cells['arr_delay']!r}")
    if air_time is not None and arrived_at and departed_at:
        under_way = int((arrived_at - departed_at).total_seconds() // 60)
        if not 0 < air_time <= under_way:
            raise row.refusal(
                f"{air_time} minutes in the air do not fit {under_way} minutes from gate to gate"
            )
    number = row.whole("flight")
    return Flight(
        flight_id=f"{row.cells['carrier']}{number}",
        carrier=row.cells["carrier"],
        flight=number,
        tailnum=row.text("tailnum", "[0-9A-Z]{0,6}", "a tail number") or None,
        origin=row.cells["origin"],
        dest=row.cells["dest"],
        distance=row.whole("distance"),
        scheduled_departure=scheduled_departure,
        departed_at=departed_at,
        dep_delay=dep_delay,
        scheduled_arrival=scheduled_arrival,
        arrived_at=arrived_at,
        arr_delay=arr_delay,
        air_time=air_time,
    )


def _scheduled_departure(row: CsvRow, day: date) -> datetime:
    if [row.whole(column) for column in ("year", "month", "day")] != [day.year, day.month, day.day]:
        raise row.refusal(f"its date is not {day}")
    since_midnight = row.clock("sched_dep_time")
    if since_midnight != timedelta(hours=row.whole("hour"), minutes=row.whole("minute")):
        raise row.refusal(f"sched_dep_time {row.cells['sched_dep_time']!r} is not at its hour and minute")
    departure = _local(day, since_midnight, NEW_YORK)
    if departure.strftime("%Y-%m-%dT%H:00:00Z") != row.cells["time_hour"]:
        raise row.refusal(
            f"time_hour {row.cells['time_hour']!r} is not the hour of the scheduled departure in UTC"
        )
    return departure


def _local(day: date, since_midnight: timedelta, zone: ZoneInfo) -> datetime:
    midnight = datetime(day.year, day.month, day.day)
    return (midnight + since_midnight).replace(tzinfo=zone).astimezone(UTC)


def _next(after: datetime, since_midnight: timedelta, zone: ZoneInfo) -> datetime:
    """Return when the local clock in `zone` first shows that time after `after`: arrivals carry no date."""
    day = after.astimezone(zone).date()
    today = _local(day, since_midnight, zone)
    return today if today > after else _local(day + timedelta(days=1), since_midnight, zone)


def _late(
    row: CsvRow, column: str, scheduled: datetime, delay: int | None, zone: ZoneInfo
) -> datetime | None:
    """Return scheduled time plus delay; the file's own clock time must say the same."""
    if (delay is None) != (row.cells[column] == ""):
        raise row.refusal(f"{column} {row.cells[column]!r} without its delay, or a delay without it")
    if delay is None:
        return None
    actual = scheduled + timedelta(minutes=delay)
    local = actual.astimezone(zone)
    if row.clock(column) % timedelta(days=1) != timedelta(hours=local.hour, minutes=local.minute):
        raise row.refusal(f"{column} {row.cells[column]!r} is not the scheduled time and {delay} minutes")
    return actual
