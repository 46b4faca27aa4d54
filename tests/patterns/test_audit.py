"""An audit log: a row for each change, the same one at each delivery, and the item at any moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import Binary

from cdc_lab.patterns import Entry, MissingImageError, history, item_at, write_audit
from cdc_lab.patterns.audit import _item_id

from .factories import CREATED, make_record

KEY = {"flight_id": "UA1545"}
ONE = {**KEY, "status": "scheduled", "by": "planner", "gate": "C27"}
TWO = {**KEY, "status": "delayed", "by": "tower", "delay": Decimal(20)}


@pytest.fixture
def log(create_table: Any) -> Any:
    return create_table("log", "item", "change")


def at(minutes: int) -> datetime:
    return datetime.fromtimestamp(int(CREATED.timestamp()), UTC) + timedelta(minutes=minutes)


def life() -> list[dict[str, Any]]:
    """Put at minute 0, changed at 10, deleted at 20."""
    return [
        make_record("INSERT", new=ONE, number=0, created=at(0)),
        make_record("MODIFY", old=ONE, new=TWO, number=1, created=at(10)),
        make_record("REMOVE", old=TWO, number=2, created=at(20)),
    ]


def test_each_change_is_one_entry_oldest_first(log: Any) -> None:
    for record in life():
        assert write_audit(record, log, who="by")
    everything = ["by", "flight_id", "gate", "status"]
    assert history(log, KEY) == [
        Entry(at(0), "INSERT", "planner", {}, everything, ONE),
        Entry(
            at(10),
            "MODIFY",
            "tower",
            {"by": "planner", "gate": "C27", "status": "scheduled"},
            ["by", "delay", "gate", "status"],
            TWO,
        ),
        Entry(at(20), "REMOVE", "tower", TWO, ["by", "delay", "flight_id", "status"], None),
    ]


def test_deliveries_in_any_order_and_number_make_the_same_log(log: Any) -> None:
    one, two, three = life()
    assert [write_audit(record, log) for record in (three, one, three, two, one)] == [
        True,
        True,
        False,
        True,
        False,
    ]
    assert [entry.event_name for entry in history(log, KEY)] == ["INSERT", "MODIFY", "REMOVE"]


def test_two_changes_within_a_second_are_in_the_order_of_their_numbers(log: Any) -> None:
    # GIVEN numbers of different lengths, as they grow (A8)
    first = make_record("INSERT", new=ONE, number=0, created=at(0))
    second = make_record("MODIFY", old=ONE, new=TWO, number=1, created=at(0))
    first["dynamodb"]["SequenceNumber"], second["dynamodb"]["SequenceNumber"] = "9" * 21, "1" + "0" * 21
    write_audit(second, log)
    write_audit(first, log)
    assert [entry.after for entry in history(log, KEY)] == [ONE, TWO]


def test_the_item_at_any_moment(log: Any) -> None:
    for record in life():
        write_audit(record, log)
    states = {minute: item_at(log, KEY, at(minute)) for minute in (0, 9, 10, 19, 20, 99)}
    assert states == {0: ONE, 9: ONE, 10: TWO, 19: TWO, 20: None, 99: None}
    with pytest.raises(LookupError, match="UA1545"):
        item_at(log, KEY, at(-1))


def test_a_moment_within_a_second_sees_the_changes_of_that_second(log: Any) -> None:
    write_audit(life()[0], log)
    assert item_at(log, KEY, at(0) + timedelta(milliseconds=400)) == ONE
    assert history(log, KEY, until=at(0) - timedelta(seconds=1)) == []


def test_a_moment_without_a_zone_is_refused(log: Any) -> None:
    with pytest.raises(ValueError, match="time zone"):
        item_at(log, KEY, datetime(2013, 3, 8))


def test_time_to_live_is_named_as_the_one_who_deleted(log: Any) -> None:
    write_audit(make_record("REMOVE", old=TWO, ttl_delete=True), log, who="by")
    write_audit(make_record("REMOVE", old=ONE, number=5), log)
    assert [entry.by for entry in history(log, KEY)] == ["time to live", ""]


def test_a_stream_without_both_images_is_refused(log: Any) -> None:
    with pytest.raises(MissingImageError, match="changes"):
        write_audit(make_record("INSERT", view_type="NEW_IMAGE"), log)


def test_a_long_history_is_read_to_its_end(log: Any) -> None:
    # GIVEN more than a page of 1 MB
    note = "x" * 200_000
    for number in range(8):
        new = {**ONE, "note": note, "number": Decimal(number)}
        write_audit(make_record("INSERT", new=new, number=number, created=at(number)), log)
    read = [entry.after["number"] for entry in history(log, KEY) if entry.after]
    assert read == list(range(8))


def test_items_are_told_apart_by_all_of_their_key() -> None:
    pairs = [("a#b", "c"), ("a", "b#c"), ('a", "b', "c"), ("a, b", "c")]
    names = [{"p": first, "s": second} for first, second in pairs]
    assert len({_item_id(keys) for keys in names}) == len(pairs)
    assert _item_id({"n": 1}) == _item_id({"n": Decimal("1.0")}) == "1"
    assert _item_id({"b": Binary(b"\x01\xff")}) == _item_id({"b": b"\x01\xff"}) == "01ff"
