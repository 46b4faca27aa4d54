"""The event store: all or nothing, one writer at a time, and states that follow from the events alone."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer

from cdc_lab.patterns import ConcurrencyError, Event, EventStore, MissingEventsError, Projection
from cdc_lab.patterns.records import MissingImageError
from tests.patterns.factories import make_record

NOON = datetime(2013, 3, 8, 17, tzinfo=UTC)


def apply(state: dict[str, Any], event: Event) -> dict[str, Any]:
    """A flight: its status, its delay, and how often a delay was announced."""
    announced = state.get("announced", 0) + (event.type == "delayed")
    return {**state, **event.data, "status": event.type, "announced": announced}


def happened(kind: str, minutes: int = 0, **data: Any) -> Event:
    return Event(kind, NOON + timedelta(minutes=minutes), data)


LIFE = [
    happened("scheduled", -180, gate="B4"),
    happened("delayed", 15, dep_delay=15),
    happened("delayed", 40, dep_delay=60),
    happened("departed", 84, dep_delay=84),
]


@pytest.fixture
def table(dynamodb: Any) -> Any:
    def create(name: str, sort_key: str | None = None) -> Any:
        keys = [("aggregate_id", "S", "HASH"), *([(sort_key, "N", "RANGE")] if sort_key else [])]
        return dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": name, "KeyType": role} for name, _, role in keys],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind, _ in keys],
            BillingMode="PAY_PER_REQUEST",
        )

    return create


@pytest.fixture
def events(table: Any) -> Any:
    return table("events", "version")


@pytest.fixture
def snapshots(table: Any) -> Any:
    return table("snapshots")


@pytest.fixture
def store(events: Any, snapshots: Any) -> EventStore:
    return EventStore(events, apply, snapshots=snapshots)


def versions(events: Any) -> list[int]:
    return sorted(int(item["version"]) for item in events.scan()["Items"])


# ---- appending ---------------------------------------------------------------------------------------


def test_events_get_their_versions_in_order(store: EventStore, events: Any) -> None:
    assert store.append("UA1545", 0, LIFE[:1]) == 1
    assert store.append("UA1545", 1, LIFE[1:]) == 4
    assert versions(events) == [1, 2, 3, 4]
    assert [event.type for event in store.events("UA1545")] == ["scheduled", "delayed", "delayed", "departed"]
    assert [event.version for event in store.events("UA1545", after=1, until=3)] == [2, 3]


@pytest.mark.parametrize("count", [1, 2])
def test_who_decided_from_an_old_state_is_refused_and_nothing_is_written(
    store: EventStore, events: Any, count: int
) -> None:
    # GIVEN two writers who both loaded version 1
    store.append("UA1545", 0, LIFE[:1])
    store.append("UA1545", 1, LIFE[1:2])
    before = events.scan()["Items"]
    # WHEN the second appends
    with pytest.raises(ConcurrencyError, match="UA1545 is past version 1"):
        store.append("UA1545", 1, LIFE[2 : 2 + count])
    # THEN no event was lost, and none of his is there
    assert events.scan()["Items"] == before


def test_an_overlap_in_the_last_event_refuses_all_of_them(store: EventStore, events: Any) -> None:
    events.put_item(Item={"aggregate_id": "UA1545", "version": 3, "type": "odd"})
    with pytest.raises(ConcurrencyError):
        store.append("UA1545", 0, LIFE[:3])
    assert versions(events) == [3]


def test_what_cannot_be_appended_is_refused(store: EventStore) -> None:
    with pytest.raises(ValueError, match="0 events for UA1545"):
        store.append("UA1545", 0, [])
    with pytest.raises(ValueError, match="101 events"):
        store.append("UA1545", 0, LIFE[:1] * 101)
    with pytest.raises(ValueError, match="has no time zone"):
        store.append("UA1545", 0, [Event("scheduled", datetime(2013, 3, 8), {})])


def test_two_writers_take_each_version_once(store: EventStore, events: Any) -> None:
    """Any order of loads and appends leaves 1..n without gap, and every accepted event is there."""
    seed = 20130308
    rng, accepted, loaded = random.Random(seed), 0, {"a": 0, "b": 0}
    for number in range(60):
        writer = rng.choice("ab")
        if rng.random() < 0.5:
            loaded[writer] = store.load("UA1545").version
            continue
        try:
            loaded[writer] = store.append("UA1545", loaded[writer], [happened("delayed", number)])
            accepted += 1
        except ConcurrencyError:
            pass
    assert versions(events) == list(range(1, accepted + 1)), f"seed {seed}"
    assert accepted > 5


# ---- states ------------------------------------------------------------------------------------------


def test_a_state_is_its_events_folded(store: EventStore) -> None:
    store.append("UA1545", 0, LIFE)
    assert store.load("UA1545") == (
        {"gate": "B4", "dep_delay": Decimal(84), "status": "departed", "announced": 2},
        4,
    )
    assert store.load("B6123") == ({}, 0)


def test_a_missing_event_is_noticed(store: EventStore, events: Any) -> None:
    store.append("UA1545", 0, LIFE)
    events.delete_item(Key={"aggregate_id": "UA1545", "version": 2})
    with pytest.raises(MissingEventsError, match="version 3 follows 1"):
        store.load("UA1545")


def test_more_than_a_page_of_events_is_read(store: EventStore) -> None:
    # GIVEN more than the 1 MB that a Query returns
    note = "x" * 150_000
    for version in range(9):
        store.append("UA1545", version, [happened("delayed", version, note=f"{note}{version}")])
    assert store.load("UA1545").version == 9
    assert store.aggregate_ids() == ["UA1545"]


def test_old_events_are_read_as_of_today_and_never_rewritten(events: Any) -> None:
    # GIVEN three schemas: minutes were once called delay, times were once epoch seconds
    def from_1(item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "at": datetime.fromtimestamp(int(item["at"]), UTC).isoformat()}

    def from_2(item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "data": {"dep_delay": item["data"]["delay"]}}

    store = EventStore(events, apply, upcasters={1: from_1, 2: from_2})
    old = [
        {"at": int(NOON.timestamp()), "data": {"delay": 15}},
        {"at": NOON.isoformat(), "data": {"delay": 60}, "schema": 2},
    ]
    for version, item in enumerate(old, start=1):
        events.put_item(Item={"aggregate_id": "UA1545", "version": version, "type": "delayed", **item})
    before = events.scan()["Items"]
    store.append("UA1545", 2, [happened("delayed", dep_delay=84)])
    # THEN all read alike
    assert [event.data for event in store.events("UA1545")] == [{"dep_delay": n} for n in (15, 60, 84)]
    assert {event.at for event in store.events("UA1545")} == {NOON}
    # AND the new one carries its schema, while the old ones are as they were
    assert [item.get("schema") for item in events.scan()["Items"]] == [None, 2, 3]
    assert events.scan()["Items"][:2] == before


# ---- time travel -------------------------------------------------------------------------------------


def test_a_moment_holds_what_had_happened_by_then(store: EventStore) -> None:
    store.append("UA1545", 0, LIFE)
    at = NOON + timedelta(minutes=40)
    # THEN the moment itself counts
    assert store.load_at("UA1545", at).state["dep_delay"] == 60
    assert store.load_at("UA1545", at - timedelta(microseconds=1)).state["dep_delay"] == 15
    assert store.load_at("UA1545", NOON - timedelta(days=1)) == ({}, 0)
    with pytest.raises(ValueError, match="no time zone"):
        store.load_at("UA1545", datetime(2013, 3, 8))


def test_what_was_written_down_late_counts_from_when_it_happened(store: EventStore) -> None:
    store.append("UA1545", 0, [LIFE[0], LIFE[3], happened("delayed", 15, reason="snow")])
    assert store.load_at("UA1545", NOON + timedelta(minutes=15)).state["reason"] == "snow"


def test_the_past_does_not_come_from_a_snapshot(store: EventStore) -> None:
    store.append("UA1545", 0, LIFE)
    store.take_snapshot("UA1545")
    assert store.load_at("UA1545", NOON).state["status"] == "scheduled"


# ---- snapshots ---------------------------------------------------------------------------------------


def test_a_snapshot_stands_for_the_events_up_to_it(store: EventStore, events: Any) -> None:
    # GIVEN a snapshot at 3, and the first two events gone
    store.append("UA1545", 0, LIFE[:3])
    assert store.take_snapshot("UA1545")
    store.append("UA1545", 3, LIFE[3:])
    expected = store.load("UA1545")
    for version in (1, 2):
        events.delete_item(Key={"aggregate_id": "UA1545", "version": version})
    # THEN the state is the same: the snapshot, and what came after
    assert store.load("UA1545") == expected
    assert expected.state["announced"] == 2


def test_an_older_snapshot_does_not_replace_a_newer_one(store: EventStore, snapshots: Any) -> None:
    store.append("UA1545", 0, LIFE)
    assert store.take_snapshot("UA1545")
    assert not store.take_snapshot("UA1545")
    assert snapshots.scan()["Items"][0]["version"] == 4


def test_a_snapshot_by_other_rules_is_left_aside_and_replaced(events: Any, snapshots: Any) -> None:
    def other(state: dict[str, Any], event: Event) -> dict[str, Any]:
        return {**apply(state, event), "seen": event.version}

    old = EventStore(events, apply, snapshots=snapshots)
    old.append("UA1545", 0, LIFE)
    old.take_snapshot("UA1545")
    new = EventStore(events, other, snapshots=snapshots, rules=2)
    assert new.load("UA1545").state["seen"] == 4
    assert new.take_snapshot("UA1545")
    assert snapshots.scan()["Items"][0]["rules"] == 2


# ---- a projection ------------------------------------------------------------------------------------


@pytest.fixture
def board(table: Any) -> Any:
    return table("board")


def record(item: dict[str, Any], name: str = "INSERT") -> dict[str, Any]:
    return make_record(name, new=item, old=item, key_names=("aggregate_id", "version"))


def test_any_order_and_number_of_deliveries_gives_the_same_rows(
    store: EventStore, events: Any, board: Any
) -> None:
    seed = 7
    rng = random.Random(seed)
    store.append("UA1545", 0, LIFE)
    store.append("B6123", 0, LIFE[:2])
    records = [record(item) for item in events.scan()["Items"]]
    deliveries = rng.choices(records, k=10) + rng.sample(records, len(records))
    projection = Projection(store, board)
    for delivered in deliveries:
        projection.follow(delivered)
    rows = {row.pop("aggregate_id"): row for row in board.scan()["Items"]}
    assert rows == {
        name: {**store.load(name).state, "version": store.load(name).version} for name in ("UA1545", "B6123")
    }, f"seed {seed}"


def test_a_record_is_enough_where_its_event_is_the_next(store: EventStore, events: Any, board: Any) -> None:
    # GIVEN an event that time to live has removed before its record is processed
    store.append("UA1545", 0, LIFE[:1])
    item = events.scan()["Items"][0]
    events.delete_item(Key={"aggregate_id": "UA1545", "version": 1})
    projection = Projection(store, board)
    assert projection.follow(record(item))
    # THEN the row is there, and the REMOVE does not take it away
    assert not projection.follow(record(item, "REMOVE"))
    assert board.scan()["Items"][0]["status"] == "scheduled"


def test_a_gap_fails_the_record(store: EventStore, events: Any, board: Any) -> None:
    store.append("UA1545", 0, LIFE[:3])
    items = events.scan()["Items"]
    events.delete_item(Key={"aggregate_id": "UA1545", "version": 2})
    with pytest.raises(MissingEventsError):
        Projection(store, board).follow(record(items[2]))
    assert not board.scan()["Items"]


def test_another_writer_between_reading_and_writing_is_noticed(
    store: EventStore, events: Any, board: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a second instance that brings the row further, after this one has read it
    store.append("UA1545", 0, LIFE[:2])
    first, second = (record(item) for item in events.scan()["Items"])
    projection, other = Projection(store, board), Projection(store, board)
    own = projection._row
    rest = iter([lambda: other.follow(second)])

    def read(aggregate_id: str) -> Any:
        found = own(aggregate_id)
        next(rest, lambda: None)()
        return found

    monkeypatch.setattr(projection, "_row", read)
    # THEN the older event does not overwrite the newer row
    assert not projection.follow(first)
    assert board.scan()["Items"][0]["version"] == 2


def test_a_rebuilt_table_equals_the_live_one(store: EventStore, events: Any, board: Any, table: Any) -> None:
    store.append("UA1545", 0, LIFE)
    store.append("B6123", 0, LIFE[:2])
    for item in events.scan()["Items"]:
        Projection(store, board).follow(record(item))
    fresh = table("fresh")
    assert Projection(store, fresh).rebuild() == 2
    assert Projection(store, fresh).rebuild() == 0
    assert fresh.scan()["Items"] == board.scan()["Items"]


def test_a_stream_without_new_images_is_refused(store: EventStore, board: Any) -> None:
    typed = {"aggregate_id": TypeSerializer().serialize("UA1545"), "version": {"N": "1"}}
    keys_only = record({"aggregate_id": "UA1545", "version": 1})
    keys_only["dynamodb"] = {
        **{k: v for k, v in keys_only["dynamodb"].items() if k not in ("NewImage", "OldImage")},
        "Keys": typed,
        "StreamViewType": "KEYS_ONLY",
    }
    with pytest.raises(MissingImageError, match="NEW_IMAGE or NEW_AND_OLD_IMAGES"):
        Projection(store, board).follow(keys_only)
