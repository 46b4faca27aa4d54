from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from cdc_lab.classroom import DisplayError, show_batch, show_diff, show_records, show_shards
from cdc_lab.patterns import MissingImageError, StreamRecord
from cdc_lab.show.tables import RecordTable
from tests.traces import invocation, record, trace

OLD = {"flight_id": {"S": "UA1545"}, "status": {"S": "scheduled"}, "delay": {"N": "0"}, "note": {"S": "x"}}
NEW = {"flight_id": {"S": "UA1545"}, "status": {"S": "delayed"}, "delay": {"N": "0"}, "gate": {"S": "B4"}}


def raw(name: str = "MODIFY", view: str = "NEW_AND_OLD_IMAGES", **images: Any) -> dict[str, Any]:
    """A record as a Lambda event holds it."""
    change: dict[str, Any] = {
        "ApproximateCreationDateTime": 1362740405.0,
        "Keys": {"flight_id": {"S": "UA1545"}},
        "SequenceNumber": "300000000000000499659",
        "SizeBytes": 59,
        "StreamViewType": view,
    }
    return {
        "eventID": "e2fd9c34eff2d779b297b26f5fef4206",
        "eventName": name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": change | {key: image for key, image in images.items() if image},
    }


def test_records_are_one_row_each_in_fixed_columns() -> None:
    # GIVEN a record in three forms
    event = raw(OldImage=OLD, NewImage=NEW)
    read = raw(OldImage=OLD, NewImage=NEW)
    read["dynamodb"]["ApproximateCreationDateTime"] = datetime(2013, 3, 8, 11, 0, 5, tzinfo=UTC)
    # WHEN they are shown
    shown = show_records([event, read, StreamRecord.from_event(event)])
    # THEN each form gives the same row
    assert repr(shown).splitlines() == [
        "3 records",
        "event   keys              change                                          "
        "created (UTC)        bytes  sequence number",
        *[
            "MODIFY  flight_id=UA1545  + gate=B4, - note, status: scheduled → delayed"
            "  2013-03-08 11:00:05     59  300000000000000499659"
        ]
        * 3,
    ]


@pytest.mark.parametrize(
    ("given", "change"),
    [
        (raw("INSERT", NewImage=NEW), "+ delay=0, + gate=B4, + status=delayed"),
        (raw("REMOVE", OldImage=OLD), "- delay, - note, - status"),
        (raw("MODIFY", "NEW_IMAGE", NewImage=NEW), "new: delay=0, gate=B4, status=delayed"),
        (raw("MODIFY", "OLD_IMAGE", OldImage=OLD), "old: delay=0, note=x, status=scheduled"),
        (raw("REMOVE", "NEW_IMAGE"), ""),
        (raw("MODIFY", "KEYS_ONLY"), ""),
    ],
)
def test_a_row_tells_what_the_view_type_lets_it_tell(given: dict[str, Any], change: str) -> None:
    assert show_records([given]).table().rows[0][2] == change


def test_a_delete_by_time_to_live_is_marked() -> None:
    expired = raw("REMOVE", OldImage=OLD)
    expired["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert show_records([expired]).table().rows[0][0] == "REMOVE (TTL)"


def test_a_record_table_is_a_list() -> None:
    shown = show_records([raw(NewImage=NEW, OldImage=OLD)] * 3)
    assert shown == [shown[0]] * 3
    assert isinstance(shown[1:], RecordTable)
    assert len(shown[1:]) == 2
    assert repr(show_records([])).startswith("0 records\nevent")


def test_plain_text_and_html_hold_the_same_cells() -> None:
    shown = show_records([raw(OldImage=OLD, NewImage=NEW | {"note": {"S": "<b>"}})])
    for cell in ("MODIFY", "flight_id=UA1545", "2013-03-08 11:00:05", "59", "300000000000000499659"):
        assert cell in repr(shown)
        assert f">{cell}</td>" in shown._repr_html_()
    assert "note: x → &lt;b&gt;" in shown._repr_html_()


def test_many_records_are_cut_and_counted() -> None:
    shown = show_records([raw(NewImage=NEW, OldImage=OLD)] * 1050)
    assert len(repr(shown).splitlines()) == 23
    assert repr(shown).endswith("... and 1,030 more")
    assert shown._repr_html_().count("<tr>") == 21


def test_a_diff_shows_added_changed_and_removed() -> None:
    assert repr(show_diff(raw(OldImage=OLD, NewImage=NEW))).splitlines() == [
        "MODIFY flight_id=UA1545: 3 of 5 attributes differ",
        "attribute  old        new      change",
        "gate                  B4       added",
        "note       x                   removed",
        "status     scheduled  delayed  changed",
    ]


@pytest.mark.parametrize(
    ("old", "new", "rows"),
    [
        (OLD, OLD, []),
        ({"a": 1}, {"a": 2}, [["a", "1", "2", "changed"]]),
        (None, {"a": None}, [["a", None, "null", "added"]]),
        ({"a": {"S": "x"}}, {"a": {"NULL": True}}, [["a", "x", "null", "changed"]]),
        ({"a": {"S": "x"}, "b": 1}, {"b": 1}, [["a", "{S: x}", None, "removed"]]),  # a map in a plain image
        ({"a": {"B": base64.b64encode(b"foo").decode()}}, None, [["a", "b'foo'", None, "removed"]]),
    ],
)
def test_two_images_are_compared_plain_or_tagged(old: Any, new: Any, rows: list[list[str]]) -> None:
    assert show_diff(old, new).rows == rows


def test_a_diff_without_an_image_says_which_view_type_is_needed() -> None:
    with pytest.raises(
        MissingImageError, match="a diff compares old and new images, and a stream of view type NEW_IMAGE"
    ):
        show_diff(raw("MODIFY", "NEW_IMAGE", NewImage=NEW))


def shard(name: str, parent: str | None = None, ending: str | None = None) -> dict[str, Any]:
    span = {"StartingSequenceNumber": "1" * 21} | ({"EndingSequenceNumber": ending} if ending else {})
    return {"ShardId": name, "SequenceNumberRange": span} | ({"ParentShardId": parent} if parent else {})


def test_shards_show_their_lineage_in_whatever_order_they_were_listed() -> None:
    # GIVEN a shard that was split, whose left child rolled over, and another whose parent is trimmed
    listed = [
        shard("shardId-3-dddddddd", "shardId-2-bbbbbbbb"),
        shard("shardId-2-cccccccc", "shardId-1-aaaaaaaa"),
        shard("shardId-2-bbbbbbbb", "shardId-1-aaaaaaaa", "3" * 21),
        shard("shardId-1-aaaaaaaa", None, "2" * 21),
        shard("shardId-1-eeeeeeee", "shardId-0-ffffffff"),
    ]
    # WHEN they are shown
    table = show_shards({"StreamDescription": {"Shards": listed}})
    # THEN parents come before children
    assert table.caption == "5 shards, 3 open"
    assert [row[:3] for row in table.rows] == [
        ["shardId-1-aaaaaaaa", None, "closed"],
        ["└ shardId-2-bbbbbbbb", "…aaaaaaaa", "closed"],
        ["  └ shardId-3-dddddddd", "…bbbbbbbb", "open"],
        ["└ shardId-2-cccccccc", "…aaaaaaaa", "open"],
        ["shardId-1-eeeeeeee", "…ffffffff", "open"],
    ]
    assert show_shards(listed).rows == table.rows


def test_a_batch_shows_which_delivery_each_record_was_and_how_it_ended() -> None:
    # GIVEN a batch whose last record fails, and comes again
    batch = [record(n, n) for n in range(3)]
    run = trace(
        batch,
        [
            invocation(batch, 3, 4, outcome="partial", passed=2),
            invocation(batch[2:], 5, 6, number=2, outcome="error", error="ValueError: delay"),
        ],
    )
    # WHEN both invocations are shown
    first, second = show_batch(run, 0), show_batch(run, 1)
    # THEN the record that failed is delivered a second time
    assert first.caption == "invocation 0 of delay-board, attempt 1, 3 records: partial"
    assert [row[-2:] for row in first.rows] == [[1, "success"], [1, "success"], [1, "partial"]]
    assert second.caption == "invocation 1 of delay-board, attempt 1, 1 record: error (ValueError: delay)"
    assert [row[-2:] for row in second.rows] == [[2, "error"]]
    assert "partial" in repr(first)


def test_an_invocation_that_is_not_in_the_trace_is_refused() -> None:
    with pytest.raises(DisplayError, match="the trace has no invocation 9: it has 0 to 0"):
        show_batch(trace([], [invocation([record(0, 0)], 1, 2)]), 9)
    with pytest.raises(DisplayError, match="it has none"):
        show_batch(trace([]), 0)
