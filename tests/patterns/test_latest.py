"""A copy is as new as what it has seen, in whatever order it saw it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdc_lab.patterns import MissingImageError, StreamRecord, backfill, keep_latest, shown_items

from .factories import make_get_records_record, make_record

EXAMPLES = count()


def flight(status: str, flight_id: str = "UA1545", delay: int = 0) -> dict[str, Any]:
    return {"flight_id": flight_id, "status": status, "delay": Decimal(delay)}


def changes() -> list[dict[str, Any]]:
    """A flight's life, in order: put, changed, deleted, put again."""
    one, two, three = flight("scheduled"), flight("delayed", delay=20), flight("back")
    return [
        make_record("INSERT", new=one, number=0),
        make_record("MODIFY", old=one, new=two, number=1),
        make_record("REMOVE", old=two, number=2),
        make_record("INSERT", new=three, number=3),
    ]


def shown(copy: Any) -> list[Any]:
    return shown_items(copy.scan()["Items"])


@pytest.fixture
def copy(create_table: Any) -> Any:
    return create_table("copy", "flight_id")


def test_a_copy_follows_put_change_delete_and_put_again(copy: Any) -> None:
    states = []
    for record in changes():
        assert keep_latest(record, copy)
        states.append([item["status"] for item in shown(copy)])
    assert states == [["scheduled"], ["delayed"], [], ["back"]]


def test_an_older_record_and_a_second_delivery_change_nothing(copy: Any) -> None:
    # GIVEN a copy that shows the second change
    first, second, *_ = changes()
    keep_latest(second, copy)
    # WHEN the first comes late, and the second again
    # THEN neither is taken
    assert not keep_latest(first, copy)
    assert not keep_latest(second, copy)
    assert shown(copy) == [flight("delayed", delay=20)]


def test_a_late_record_does_not_bring_a_deleted_item_back(copy: Any) -> None:
    _, second, third, _ = changes()
    keep_latest(third, copy)
    assert not keep_latest(second, copy)
    assert shown(copy) == []


def test_a_tombstone_expires_so_long_after_its_delete_and_other_rows_never(copy: Any) -> None:
    # GIVEN a flight that is put and deleted
    put, _, delete, _ = changes()
    # WHEN a copy keeps tombstones for three days
    rows = []
    for record in (put, delete):
        keep_latest(record, copy, tombstone_life=timedelta(days=3))
        rows.append(copy.get_item(Key={"flight_id": "UA1545"})["Item"])
    # THEN time to live may take the tombstone three days after the delete, and it never takes the flight
    assert "expires_at" not in rows[0]
    assert rows[1]["expires_at"] == StreamRecord.of(delete).created_at.timestamp() + 3 * 86_400


def test_numbers_compare_as_numbers_not_as_text(copy: Any) -> None:
    # GIVEN a shorter and a longer sequence number, whose first digits mislead (A8)
    old, new = make_record("INSERT", number=0), make_record("MODIFY", new=flight("delayed"), number=1)
    old["dynamodb"]["SequenceNumber"], new["dynamodb"]["SequenceNumber"] = "9" * 21, "1" + "0" * 21
    keep_latest(new, copy)
    assert not keep_latest(old, copy)


def test_records_of_both_forms_are_the_same(copy: Any) -> None:
    assert keep_latest(make_record("INSERT", new=flight("scheduled"), number=0), copy)
    assert not keep_latest(make_get_records_record("INSERT", new=flight("scheduled"), number=0), copy)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_any_order_and_number_of_deliveries_ends_at_the_newest(create_table: Any, order: list[int]) -> None:
    copy = create_table(f"copy-{next(EXAMPLES)}", "flight_id")
    newest: list[list[Any]] = [[flight("scheduled")], [flight("delayed", delay=20)], [], [flight("back")]]
    for number in order:
        keep_latest(changes()[number], copy)
    assert shown(copy) == newest[max(order)]


def test_a_view_keeps_what_it_wants_and_the_key(copy: Any) -> None:
    keep_latest(changes()[1], copy, view=lambda item: {"late": item["delay"] > 15})
    assert shown(copy) == [{"flight_id": "UA1545", "late": True}]


@pytest.mark.parametrize("view_type", ["KEYS_ONLY", "OLD_IMAGE"])
def test_a_stream_without_new_images_is_refused(copy: Any, view_type: str) -> None:
    with pytest.raises(MissingImageError, match="new images"):
        keep_latest(make_record("INSERT", view_type=view_type), copy)


def test_another_failure_of_the_write_is_not_swallowed(copy: Any) -> None:
    copy.delete()
    with pytest.raises(ClientError, match="ResourceNotFound"):
        keep_latest(changes()[0], copy)


@pytest.mark.parametrize("scan_first", [True, False])
def test_a_scan_and_the_stream_meet_in_either_order(copy: Any, scan_first: bool) -> None:
    # GIVEN a scan that saw a flight before it was deleted, and another that never changed since
    scanned = [flight("delayed", delay=20), flight("landed", "B62")]
    # WHEN it is put in before or after the flight's records
    if scan_first:
        assert backfill(scanned, copy) == 2
    for record in changes()[:3]:
        keep_latest(record, copy)
    if not scan_first:
        assert backfill(scanned, copy) == 1
    # THEN the deleted flight is gone, the other is there
    assert shown(copy) == [flight("landed", "B62")]


def test_a_second_scan_adds_nothing(copy: Any) -> None:
    assert [backfill([flight("landed")], copy) for _ in range(2)] == [1, 0]
