"""A day as changes: order, rules, and a replay whose end is the CSV."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from cdc_lab.classroom.datasets import RULES, FlightChange, load_day
from cdc_lab.clock import Clock
from cdc_lab.errors import LabError

DATA = Path(__file__).parents[2] / "data"
DAYS = ("2013-03-08", "2013-05-17", "2013-05-23")
# A day cannot be changed: the tests share what was loaded.
loaded = cache(load_day)
each_day = pytest.mark.parametrize("name", DAYS)
HOUR = timedelta(hours=1)


class FakeTable:
    """Keeps items as the service would for PutItem and a SET expression, and notes when it was called."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.items: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[datetime, str, str]] = []

    def put_item(self, **arguments: Any) -> None:
        item = arguments.pop("Item")
        assert not arguments
        self.calls.append((self.clock.now(), "put", item["flight_id"]))
        self.items[item["flight_id"]] = dict(item)

    def update_item(self, **arguments: Any) -> None:
        flight_id = arguments["Key"]["flight_id"]
        names, values = arguments["ExpressionAttributeNames"], arguments["ExpressionAttributeValues"]
        clause, _, assignments = arguments["UpdateExpression"].partition(" ")
        assert clause == "SET"
        self.calls.append((self.clock.now(), "update", flight_id))
        for assignment in assignments.split(", "):
            name, value = assignment.split(" = ")
            self.items[flight_id][names[name]] = values[value]


def lab_at(start: datetime) -> tuple[SimpleNamespace, FakeTable]:
    clock = Clock(start)
    return SimpleNamespace(clock=clock), FakeTable(clock)


def raw(name: str) -> pd.DataFrame:
    flights = pd.read_csv(DATA / f"flights_{name}.csv")
    return flights.set_index(flights["carrier"] + flights["flight"].astype(str))


def of(changes: list[FlightChange], flight_id: str) -> list[FlightChange]:
    return [change for change in changes if change.flight_id == flight_id]


@pytest.mark.parametrize(
    ("name", "kinds", "by_rule"),
    [
        ("2013-03-08", (979, 180, 552, 799, 1, 798), 1712),
        ("2013-05-23", (988, 221, 343, 767, 11, 756), 1561),
        ("2013-05-17", (980, 0, 187, 980, 0, 980), 1167),
    ],
)
def test_changes_of_each_kind(name: str, kinds: tuple[int, ...], by_rule: int) -> None:
    # GIVEN a day's changes
    changes = loaded(name).changes()
    count = Counter(change.kind for change in changes)

    # THEN each kind occurs as often as the CSV says
    flights = raw(name)
    order = ("scheduled", "cancelled", "delayed", "departed", "diverted", "arrived")
    assert tuple(count[kind] for kind in order) == kinds
    assert kinds == (
        len(flights),
        flights["dep_time"].isna().sum(),
        (flights["dep_delay"] >= 15).sum(),
        flights["dep_time"].notna().sum(),
        (flights["dep_time"].notna() & flights["arr_delay"].isna()).sum(),
        flights["arr_delay"].notna().sum(),
    )
    assert sum(change.is_rule for change in changes) == by_rule


@each_day
def test_changes_come_in_order_and_the_same_each_time(name: str) -> None:
    # GIVEN a day's changes, made twice
    changes = loaded(name).changes()
    assert changes == load_day(name).changes()

    # THEN time never goes back, ties are settled, and each flight's life is one of those that there are
    order = ("scheduled", "cancelled", "delayed", "departed", "diverted", "arrived")
    keys = [(change.at, order.index(change.kind), change.flight_id) for change in changes]
    assert keys == sorted(set(keys))
    lives: dict[str, tuple[str, ...]] = {}
    for change in changes:
        lives[change.flight_id] = (*lives.get(change.flight_id, ()), change.kind)
    assert set(lives.values()) <= {
        ("scheduled", "cancelled"),
        ("scheduled", "departed", "arrived"),
        ("scheduled", "delayed", "departed", "arrived"),
        ("scheduled", "departed", "diverted"),
        ("scheduled", "delayed", "departed", "diverted"),
    }


@each_day
def test_times_from_the_data_are_never_rules_and_the_others_always(name: str) -> None:
    for change in loaded(name).changes():
        from_data = {"departed": "departed_at", "arrived": "arrived_at", "diverted": "arrived_at"}
        said = change.attributes.get(from_data.get(change.kind, ""))
        assert change.is_rule == (said is None), str(change)
        assert said is None or datetime.fromisoformat(str(said)) == change.at


@each_day
def test_values_are_whole_numbers_or_texts_that_boto3_takes(name: str) -> None:
    from boto3.dynamodb.types import TypeSerializer

    serialize = TypeSerializer().serialize
    for change in loaded(name).changes():
        assert change.at.tzinfo is UTC
        assert {type(value) for value in change.attributes.values()} <= {int, str}
        assert all(serialize(value) for value in change.attributes.values())


def test_a_delayed_flights_life() -> None:
    # GIVEN a storm-day flight that left more than 400 minutes late and arrived
    day = loaded("2013-03-08")
    row = raw("2013-03-08").query("dep_delay > 400 and arr_delay == arr_delay").iloc[0]
    flight_id = f"{row.carrier}{row.flight}"
    scheduled, delayed, departed, arrived = of(day.changes(), flight_id)

    # THEN it is on the board 3 hours ahead, late at 15 minutes, gone when it left, kept 6 hours after
    due = datetime.fromisoformat(str(scheduled.attributes["scheduled_departure"]))
    assert scheduled.at == due - 3 * HOUR
    assert delayed.at == due + timedelta(minutes=15)
    assert delayed.attributes == {"status": "delayed", "dep_delay": 15}
    assert departed.at == due + timedelta(minutes=row.dep_delay)
    assert departed.attributes["dep_delay"] == row.dep_delay
    assert arrived.attributes["arr_delay"] == row.arr_delay
    assert arrived.attributes["expires_at"] == (arrived.at + 6 * HOUR).timestamp()
    assert str(delayed).endswith(f" {flight_id} delayed, time by rule")
    assert str(departed).endswith(f" {flight_id} departed")


def test_fourteen_minutes_are_on_time_and_fifteen_are_late() -> None:
    day, flights = loaded("2013-03-08"), raw("2013-03-08")
    late = {change.flight_id for change in day.changes() if change.kind == "delayed"}
    assert not late & set(flights.index[flights["dep_delay"] == 14])
    fifteen = set(flights.index[flights["dep_delay"] == 15])
    assert len(fifteen) == 7
    assert fifteen <= late


def test_a_diversion_comes_at_its_arrival_or_by_rule() -> None:
    # GIVEN the diverted flights of 23 May
    changes = [change for change in loaded("2013-05-23").changes() if change.kind == "diverted"]

    # THEN two reached their destination, at a time from the data; the others' times are rules
    reached = {change.flight_id: change.at for change in changes if not change.is_rule}
    assert reached == {
        "AA717": datetime(2013, 5, 23, 18, 49, tzinfo=UTC),  # 13:49 in Dallas
        "EV4681": datetime(2013, 5, 24, 0, 41, tzinfo=UTC),  # 20:41 in Washington
    }
    # AND UA394 left at 12:02 for a flight of 2 h 38 min by schedule (12:00 to 13:38 in Chicago)
    (chicago,) = of(changes, "UA394")
    assert (chicago.at, chicago.is_rule) == (datetime(2013, 5, 23, 18, 40, tzinfo=UTC), True)
    assert "arr_delay" not in chicago.attributes


def test_the_readme_states_every_rule_and_count() -> None:
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    for kind, rule in RULES.items():
        assert f"**rule**: {rule}" in readme, kind
    for name, label in zip(DAYS, ("8 March", "17 May", "23 May"), strict=True):
        changes = loaded(name).changes()
        count = Counter(change.kind for change in changes)
        kinds = ("scheduled", "cancelled", "delayed", "departed", "diverted", "arrived")
        numbers = [*(count[kind] for kind in kinds), len(changes), sum(change.is_rule for change in changes)]
        assert f"| {label} | {' | '.join(map(str, numbers))} |" in readme


@each_day
def test_after_a_replay_the_table_equals_the_csv(name: str) -> None:
    # GIVEN a lab that opens when the day starts
    day, expected = loaded(name), raw(name)
    lab, table = lab_at(day.start)

    # WHEN the day is replayed
    seen: list[tuple[int, int]] = []
    written = day.replay(lab, table, on_progress=lambda done, total: seen.append((done, total)))

    # THEN every change was written at its own time, in order
    changes = day.changes()
    kind = {"scheduled": "put"}
    assert table.calls == [(c.at, kind.get(c.kind, "update"), c.flight_id) for c in changes]
    assert written == len(changes)
    assert seen == [(done, len(changes)) for done in range(1, len(changes) + 1)]

    # AND the table holds what the CSV says, nothing where the CSV has nothing
    items = pd.DataFrame(table.items.values()).set_index("flight_id").loc[expected.index]
    for column in ("carrier", "flight", "origin", "dest", "distance"):
        assert (items[column] == expected[column]).all()
    for column in ("dep_delay", "arr_delay", "air_time", "tailnum"):
        assert items[column].isna().equals(expected[column].isna())
        assert (items[column].dropna() == expected[column].dropna()).all()
    status = pd.Series("arrived", index=expected.index)
    status[expected["arr_delay"].isna()] = "diverted"
    status[expected["dep_time"].isna()] = "cancelled"
    assert (items["status"] == status).all()
    assert items["arrived_at"].isna().equals(expected["arr_time"].isna())
    frame = day.flights.set_index("flight_id")
    for column in ("scheduled_departure", "departed_at", "scheduled_arrival", "arrived_at"):
        pd.testing.assert_series_equal(
            pd.to_datetime(items[column], utc=True), frame[column], check_names=False
        )
    ends = {change.flight_id: change.at for change in changes}
    assert all(items["expires_at"] == [int((ends[flight] + 6 * HOUR).timestamp()) for flight in items.index])


def test_a_replay_until_noon_and_on_equals_one_replay() -> None:
    # GIVEN the storm day, replayed in one go
    day = loaded("2013-03-08")
    lab, whole = lab_at(day.start)
    total = day.replay(lab, whole)

    # WHEN it is replayed until noon in New York, and from there
    noon = datetime(2013, 3, 8, 17, tzinfo=UTC)
    lab, parts = lab_at(day.start)
    first = day.replay(lab, parts, until=noon)

    # THEN the clock shows noon, and the two parts make the whole
    assert lab.clock.now() == noon
    assert all(at < noon for at, _, _ in parts.calls)
    assert first + day.replay(lab, parts, since=noon) == total
    assert parts.calls == whole.calls
    assert parts.items == whole.items


def test_a_lab_that_opens_late_catches_up_and_never_goes_back() -> None:
    # GIVEN a lab that opens at 05:00 in New York, when flights are on the board and one has left
    day = loaded("2013-03-08")
    opened = datetime(2013, 3, 8, 10, tzinfo=UTC)
    lab, table = lab_at(opened)

    # WHEN the day is replayed
    day.replay(lab, table)

    # THEN what is past is written at once, in order, the rest at its time
    changes = day.changes()
    assert [flight for _, _, flight in table.calls] == [change.flight_id for change in changes]
    assert [at for at, _, _ in table.calls] == [max(opened, change.at) for change in changes]


def test_a_replay_in_a_lab_after_the_day_is_refused() -> None:
    # GIVEN a lab in which the day is over
    day = loaded("2013-03-08")
    lab, table = lab_at(datetime(2024, 1, 1, tzinfo=UTC))

    # THEN one line names both times and the remedy, and nothing is written
    with pytest.raises(
        LabError, match=r"2024-01-01T00:00:00\+00:00.*2013-03-09T10:49:00.*Lab\(start=day\.start\)"
    ):
        day.replay(lab, table)
    assert table.calls == []


@pytest.mark.parametrize("argument", ["since", "until"])
def test_a_naive_datetime_is_refused(argument: str) -> None:
    day = loaded("2013-03-08")
    lab, table = lab_at(day.start)
    with pytest.raises(LabError, match=rf"^{argument} 2013-03-08T12:00:00 has no time zone"):
        day.replay(lab, table, **{argument: datetime(2013, 3, 8, 12)})
    assert table.calls == []
