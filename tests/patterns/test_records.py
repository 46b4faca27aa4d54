"""StreamRecord: both forms of a record give the same one; what is missing or wrong is named."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import Binary
from pydantic import ValidationError

from cdc_lab.patterns import Change, MissingImageError, RecordError, StreamRecord, UserIdentity

from .factories import CREATED, STREAM_ARN, make_event, make_get_records_record, make_record

SCHEDULED = {"flight_id": "UA1545", "status": "scheduled", "dep_delay": 0, "tail": b"N14228"}
DELAYED = {
    "flight_id": "UA1545",
    "status": "delayed",
    "dep_delay": 84,
    "tail": b"N14228",
    "codes": {"WX", "TS"},
}
VIEW_TYPES = ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]


def test_every_field_of_a_lambda_event_record() -> None:
    raw = make_record("MODIFY", old=SCHEDULED, new=DELAYED)
    record = StreamRecord.from_event(raw)
    assert record.event_id == raw["eventID"]
    assert record.event_name == "MODIFY"
    assert record.event_version == "1.1"
    assert record.keys == {"flight_id": "UA1545"}
    assert record.old_image == {**SCHEDULED, "dep_delay": Decimal(0), "tail": Binary(b"N14228")}
    assert record.new_image == {**DELAYED, "dep_delay": Decimal(84), "tail": Binary(b"N14228")}
    assert record.sequence_number == "300000000000000499659"
    assert record.sequence == 300000000000000499659
    assert record.created_at == CREATED
    assert record.created_at.tzinfo is UTC
    assert record.size_bytes == raw["dynamodb"]["SizeBytes"]
    assert record.view_type == "NEW_AND_OLD_IMAGES"
    assert record.stream_arn == STREAM_ARN
    assert record.user_identity is None


@pytest.mark.parametrize("view_type", VIEW_TYPES)
@pytest.mark.parametrize("event_name", ["INSERT", "MODIFY", "REMOVE"])
@pytest.mark.parametrize("ttl_delete", [False, True])
def test_both_forms_give_the_same_record(view_type: str, event_name: str, ttl_delete: bool) -> None:
    # GIVEN one change, as Lambda and as GetRecords give it
    change: dict[str, Any] = {
        "old": SCHEDULED,
        "new": DELAYED,
        "view_type": view_type,
        "ttl_delete": ttl_delete,
    }
    # WHEN both are read
    from_event = StreamRecord.from_event(make_record(event_name, **change))
    from_stream = StreamRecord.from_get_records(make_get_records_record(event_name, **change), STREAM_ARN)
    # THEN they are one
    assert from_event == from_stream
    assert hash(from_event) == hash(from_stream)


@pytest.mark.parametrize(
    ("view_type", "event_name", "has_new", "has_old"),
    [
        ("KEYS_ONLY", "INSERT", False, False),
        ("KEYS_ONLY", "MODIFY", False, False),
        ("KEYS_ONLY", "REMOVE", False, False),
        ("NEW_IMAGE", "INSERT", True, False),
        ("NEW_IMAGE", "MODIFY", True, False),
        ("NEW_IMAGE", "REMOVE", False, False),
        ("OLD_IMAGE", "INSERT", False, False),
        ("OLD_IMAGE", "MODIFY", False, True),
        ("OLD_IMAGE", "REMOVE", False, True),
        ("NEW_AND_OLD_IMAGES", "INSERT", True, False),
        ("NEW_AND_OLD_IMAGES", "MODIFY", True, True),
        ("NEW_AND_OLD_IMAGES", "REMOVE", False, True),
    ],
)
def test_an_absent_image_is_none(view_type: str, event_name: str, has_new: bool, has_old: bool) -> None:
    # The matrix of fact A19.
    record = StreamRecord.of(make_record(event_name, old=SCHEDULED, new=DELAYED, view_type=view_type))
    assert (record.new_image is not None, record.old_image is not None) == (has_new, has_old)
    assert record.keys == {"flight_id": "UA1545"}


def test_a_record_from_get_records_does_not_know_its_stream() -> None:
    assert StreamRecord.from_get_records(make_get_records_record(new=DELAYED)).stream_arn is None


def test_an_empty_image_stands_for_none() -> None:
    raw = make_record("REMOVE", old=DELAYED)
    raw["dynamodb"]["NewImage"] = {}
    assert StreamRecord.from_event(raw).new_image is None


@pytest.mark.parametrize(
    "created",
    [
        1362745800.0,
        1362745800,
        "1362745800.0",  # quoted, as one page of the documentation prints it (fact A10)
        datetime(2013, 3, 8, 12, 30, tzinfo=UTC),
        datetime(2013, 3, 8, 7, 30, tzinfo=timezone(timedelta(hours=-5))),
    ],
)
def test_created_at_is_utc_whatever_it_was_given_as(created: Any) -> None:
    raw = make_record(new=DELAYED)
    raw["dynamodb"]["ApproximateCreationDateTime"] = created
    assert StreamRecord.from_event(raw).created_at.isoformat() == "2013-03-08T12:30:00+00:00"


def test_the_raw_record_is_left_as_it_was_and_shares_nothing() -> None:
    raw = make_record("MODIFY", old=SCHEDULED, new=DELAYED)
    before = copy.deepcopy(raw)
    record = StreamRecord.from_event(raw)
    assert record.new_image is not None
    record.new_image["status"] = "landed"
    assert raw == before


def test_a_record_cannot_be_given_another_field() -> None:
    record = StreamRecord.of(make_record(new=DELAYED))
    with pytest.raises(ValidationError):
        record.event_name = "REMOVE"


def test_of_returns_a_record_as_it_is_and_reads_both_raw_forms() -> None:
    record = StreamRecord.from_event(make_record(new=DELAYED))
    assert StreamRecord.of(record) is record
    assert StreamRecord.of(make_record(new=DELAYED)) == record
    assert StreamRecord.of(make_get_records_record(new=DELAYED)).new_image == record.new_image


class TestTimeToLive:
    @pytest.mark.parametrize("make", [make_record, make_get_records_record])
    def test_a_delete_by_the_service_in_either_spelling(self, make: Any) -> None:
        # Fact A14: `type` in a Lambda event, `Type` from GetRecords.
        record = StreamRecord.of(make("REMOVE", old=DELAYED, ttl_delete=True))
        assert record.is_ttl_delete
        assert record.user_identity == UserIdentity(type="Service", principal_id="dynamodb.amazonaws.com")

    def test_a_users_delete_is_none(self) -> None:
        assert not StreamRecord.of(make_record("REMOVE", old=DELAYED)).is_ttl_delete

    def test_an_identity_of_null_is_a_users_write(self) -> None:
        # As records of Kinesis for DynamoDB have it (fact A15).
        assert not StreamRecord.of({**make_record("REMOVE", old=DELAYED), "userIdentity": None}).is_ttl_delete

    @pytest.mark.parametrize(
        "identity",
        [
            {"type": "Service", "principalId": "replication.dynamodb.amazonaws.com"},
            {"type": "AssumedRole", "principalId": "dynamodb.amazonaws.com"},
        ],
    )
    def test_another_service_or_a_role_is_none(self, identity: dict[str, str]) -> None:
        record = StreamRecord.of({**make_record("REMOVE", old=DELAYED), "userIdentity": identity})
        assert not record.is_ttl_delete

    def test_a_service_write_that_is_no_remove_is_none(self) -> None:
        assert not StreamRecord.of(
            make_record("MODIFY", old=SCHEDULED, new=DELAYED, ttl_delete=True)
        ).is_ttl_delete


class TestChanges:
    def test_a_modify(self) -> None:
        old = {"flight_id": "UA1545", "status": "scheduled", "gate": "C12", "carrier": "UA"}
        new = {"flight_id": "UA1545", "status": "delayed", "dep_delay": 84, "carrier": "UA"}
        changes = StreamRecord.of(make_record("MODIFY", old=old, new=new)).changes()
        assert changes == {
            "dep_delay": Change(None, Decimal(84), "added"),
            "gate": Change("C12", None, "removed"),
            "status": Change("scheduled", "delayed", "changed"),
        }
        assert list(changes) == ["dep_delay", "gate", "status"]

    def test_an_insert_adds_and_a_remove_removes_every_attribute(self) -> None:
        item = {"flight_id": "UA1545", "status": "scheduled"}
        inserted = StreamRecord.of(make_record("INSERT", new=item)).changes()
        removed = StreamRecord.of(make_record("REMOVE", old=item)).changes()
        assert inserted == {name: Change(None, value, "added") for name, value in item.items()}
        assert removed == {name: Change(value, None, "removed") for name, value in item.items()}

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (1, True),
            (0, False),
            ([1], [True]),
            ({"a": [0]}, {"a": [False]}),
            (b"a", "a"),
            ({"a"}, ["a"]),
            ([1, 2], [2, 1]),
            ([1], [1, 1]),
            ("", None),
            ({"a": None}, {}),
        ],
    )
    def test_what_differs(self, old: Any, new: Any) -> None:
        record = StreamRecord.of(
            make_record("MODIFY", old={"flight_id": "x", "v": old}, new={"flight_id": "x", "v": new})
        )
        assert list(record.changes()) == ["v"]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (Decimal("1"), Decimal("1.0")),
            ([Decimal("100")], [Decimal("1E+2")]),
            ({Decimal("1"), Decimal("2")}, {Decimal("2.0"), Decimal("1.0")}),
            ({"a": {"b": 1}}, {"a": {"b": 1}}),
            (b"a", b"a"),
        ],
    )
    def test_what_is_equal(self, old: Any, new: Any) -> None:
        record = StreamRecord.of(
            make_record("MODIFY", old={"flight_id": "x", "v": old}, new={"flight_id": "x", "v": new})
        )
        assert record.changes() == {}

    def test_null_and_absent_are_told_apart_by_kind(self) -> None:
        record = StreamRecord.of(
            make_record("MODIFY", old={"flight_id": "x", "a": None}, new={"flight_id": "x", "b": None})
        )
        assert record.changes() == {"a": Change(None, None, "removed"), "b": Change(None, None, "added")}

    @pytest.mark.parametrize(
        ("view_type", "missing"),
        [("KEYS_ONLY", "no images"), ("NEW_IMAGE", "no old images"), ("OLD_IMAGE", "no new images")],
    )
    @pytest.mark.parametrize("event_name", ["INSERT", "MODIFY", "REMOVE"])
    def test_a_view_type_without_both_images_is_named(
        self, view_type: str, missing: str, event_name: str
    ) -> None:
        record = StreamRecord.of(make_record(event_name, old=SCHEDULED, new=DELAYED, view_type=view_type))
        with pytest.raises(
            MissingImageError, match=f"view type {view_type} has {missing}: .*NEW_AND_OLD_IMAGES"
        ):
            record.changes()

    def test_a_record_that_lost_an_image(self) -> None:
        raw = make_record("MODIFY", old=SCHEDULED, new=DELAYED)
        del raw["dynamodb"]["OldImage"]
        with pytest.raises(RecordError, match="MODIFY record has lost one"):
            StreamRecord.of(raw).changes()


class TestOrder:
    def test_sequence_numbers_compare_as_numbers(self) -> None:
        # GIVEN numbers of different lengths, as the service has them: as strings "9..." is after "1..."
        older, newer = make_record(new=DELAYED), make_record(new=DELAYED)
        older["dynamodb"]["SequenceNumber"] = "900000000000000000000"
        newer["dynamodb"]["SequenceNumber"] = "1100000000000000000000"
        # THEN the longer one is the newer
        assert StreamRecord.of(newer).is_newer_than(StreamRecord.of(older))
        assert not StreamRecord.of(older).is_newer_than(StreamRecord.of(newer))

    def test_a_record_is_not_newer_than_its_own_redelivery(self) -> None:
        record = StreamRecord.of(make_record(new=DELAYED))
        assert not record.is_newer_than(StreamRecord.of(make_record(new=DELAYED)))

    def test_two_items_have_no_order(self) -> None:
        one, other = make_record(new={"flight_id": "UA1545"}), make_record(new={"flight_id": "B61"}, number=1)
        with pytest.raises(ValueError, match="no order between flight_id=UA1545 and flight_id=B61"):
            StreamRecord.of(one).is_newer_than(StreamRecord.of(other))

    def test_two_streams_have_no_order(self) -> None:
        one = make_record(new=DELAYED)
        other = {**one, "eventSourceARN": STREAM_ARN.replace("2013", "2014")}
        with pytest.raises(ValueError, match="separately"):
            StreamRecord.of(one).is_newer_than(StreamRecord.of(other))


class TestMalformed:
    @pytest.mark.parametrize(
        "field",
        [
            "eventID",
            "eventName",
            "eventVersion",
            "dynamodb.Keys",
            "dynamodb.SequenceNumber",
            "dynamodb.ApproximateCreationDateTime",
            "dynamodb.SizeBytes",
            "dynamodb.StreamViewType",
        ],
    )
    @pytest.mark.parametrize("make", [make_record, make_get_records_record])
    def test_a_missing_field_is_named_as_aws_does(self, make: Any, field: str) -> None:
        raw = make(new=DELAYED)
        holder = raw["dynamodb"] if field.startswith("dynamodb.") else raw
        del holder[field.removeprefix("dynamodb.")]
        with pytest.raises(RecordError, match=f"^stream record has no {field}$"):
            StreamRecord.of(raw)

    @pytest.mark.parametrize(
        ("field", "value", "says"),
        [
            ("eventName", "UPSERT", "eventName is 'UPSERT': .*'INSERT', 'MODIFY' or 'REMOVE'"),
            ("eventName", "insert", "eventName is 'insert'"),
            ("SequenceNumber", 123, "SequenceNumber is 123"),
            ("SequenceNumber", "12x", "SequenceNumber is '12x'"),
            ("SequenceNumber", "", "SequenceNumber is ''"),
            ("ApproximateCreationDateTime", datetime(2013, 3, 8, 12, 30), "timezone"),
            ("StreamViewType", "BOTH", "StreamViewType is 'BOTH'"),
            ("NewImage", {"gate": {"X": 1}}, "dynamodb.NewImage, attribute 'gate': unknown type tag 'X'"),
            ("OldImage", {"delay": {"N": "x"}}, "dynamodb.OldImage, attribute 'delay'"),
            ("Keys", {"flight_id": "UA1545"}, "dynamodb.Keys, attribute 'flight_id'"),
            ("Keys", {}, "no dynamodb.Keys"),
        ],
    )
    def test_a_wrong_value_is_named_with_its_field(self, field: str, value: Any, says: str) -> None:
        raw = make_record("MODIFY", old=SCHEDULED, new=DELAYED)
        holder = raw if field in raw else raw["dynamodb"]
        holder[field] = value
        with pytest.raises(RecordError, match=says) as caught:
            StreamRecord.from_event(raw)
        # One line, and nothing of pydantic's version in it: lessons print it.
        assert "\n" not in str(caught.value)
        assert "http" not in str(caught.value)

    def test_a_whole_event_is_refused_with_the_remedy(self) -> None:
        with pytest.raises(RecordError, match=r"pass each of event\['Records'\]"):
            StreamRecord.from_event(make_event(make_record(new=DELAYED)))
        with pytest.raises(RecordError, match=r"pass each of response\['Records'\]"):
            StreamRecord.from_get_records({"Records": [], "NextShardIterator": "x"})

    @pytest.mark.parametrize("raw", [None, "record", [], {"eventID": "x"}, {"dynamodb": None}])
    def test_what_is_no_record_is_refused(self, raw: Any) -> None:
        with pytest.raises(RecordError, match="expected a stream record"):
            StreamRecord.of(raw)


class TestDisplay:
    def test_repr_is_one_short_line(self) -> None:
        record = StreamRecord.of(make_record("MODIFY", old=SCHEDULED, new=DELAYED))
        assert repr(record) == str(record) == "<StreamRecord MODIFY flight_id=UA1545 #300000000000000499659>"

    def test_repr_shows_both_parts_of_a_key_and_cuts_long_ones(self) -> None:
        item = {"flight_id": "U" * 100, "leg": 2}
        record = StreamRecord.of(make_record(new=item, key_names=("flight_id", "leg")))
        assert repr(record) == f"<StreamRecord INSERT flight_id={'U' * 39}…, leg=2 #300000000000000499659>"

    def test_html_has_old_and_new_side_by_side_with_changes_in_bold(self) -> None:
        html = StreamRecord.of(make_record("MODIFY", old=SCHEDULED, new=DELAYED))._repr_html_()
        assert "<tr><td>flight_id</td><td>UA1545</td><td>UA1545</td></tr>" in html
        assert "<tr><td><b>dep_delay</b></td><td><b>0</b></td><td><b>84</b></td></tr>" in html
        # Sets in order: the same text on every run.
        assert "<tr><td><b>codes</b></td><td></td><td><b>{TS, WX}</b></td></tr>" in html
        assert html.index("flight_id") < html.index("codes") < html.index("status")

    def test_html_is_escaped(self) -> None:
        html = StreamRecord.of(make_record(new={"flight_id": "<b>", "<i>": "<script>"}))._repr_html_()
        assert "<script>" not in html
        assert "<i>" not in html
        assert "&lt;script&gt;" in html

    @pytest.mark.parametrize("event_name", ["INSERT", "MODIFY", "REMOVE"])
    @pytest.mark.parametrize("view_type", VIEW_TYPES)
    def test_html_names_the_item_whatever_the_images(self, event_name: str, view_type: str) -> None:
        html = StreamRecord.of(
            make_record(event_name, old=SCHEDULED, new=DELAYED, view_type=view_type)
        )._repr_html_()
        assert f"{event_name} flight_id=UA1545" in html
        assert ("scheduled" in html) == (
            view_type in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES") and event_name != "INSERT"
        )
