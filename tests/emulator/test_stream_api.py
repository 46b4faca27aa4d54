"""The four calls of DynamoDB Streams: iterators, pages, lives of streams, errors (facts B1 to B28)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdc_lab import Lab
from tests.older_packages import newer_botocore

from .streaming import (
    delete,
    events,
    item,
    iterator,
    names,
    numbers,
    pages,
    put,
    read_shard,
    records,
    refused,
    shards,
    table,
)

ON = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
OFF = {"StreamEnabled": False}
NOT_FOUND = "ResourceNotFoundException"
NO_SHARD = "shardId-00000000000000000000-00000000"


def one_shard(lab: Lab) -> tuple[str, str]:
    """The ARN of the table's stream and the id of its newest shard."""
    arn = lab.stream_arn("tab")
    return arn, shards(lab, arn)[-1]["ShardId"]


# ---- iterators -------------------------------------------------------------------------------


def test_iterators_by_place(lab: Lab) -> None:  # B9
    client = table(lab)
    for number in range(4):
        put(client, "a", n=number)
    arn, shard_id = one_shard(lab)
    written = [record["dynamodb"]["SequenceNumber"] for record in read_shard(lab, arn, shard_id)]

    def first_page(kind: str, number: str | None = None) -> list[str]:
        page = next(pages(lab, iterator(lab, arn, shard_id, kind, number)))
        return [record["dynamodb"]["SequenceNumber"] for record in page]

    assert first_page("TRIM_HORIZON") == written
    assert first_page("LATEST") == []
    assert first_page("AT_SEQUENCE_NUMBER", written[1]) == written[1:]
    assert first_page("AFTER_SEQUENCE_NUMBER", written[1]) == written[2:]
    assert first_page("AFTER_SEQUENCE_NUMBER", written[3]) == []
    start = shards(lab, arn)[0]["SequenceNumberRange"]["StartingSequenceNumber"]
    assert first_page("AT_SEQUENCE_NUMBER", start) == written


def test_latest_sees_what_is_written_after_it_was_made(lab: Lab) -> None:  # B9
    client = table(lab)
    put(client, "a", n=1)
    arn, shard_id = one_shard(lab)
    latest = iterator(lab, arn, shard_id, "LATEST")
    put(client, "a", n=2)
    (record,) = next(pages(lab, latest))
    assert record["dynamodb"]["NewImage"]["n"] == {"N": "2"}


@newer_botocore
def test_a_time_is_a_place_to_start(lab: Lab) -> None:  # B9, A9
    # GIVEN records at 0, 0.7, 10.6 and 20 seconds
    client = table(lab)
    start = lab.clock.now()
    for number, seconds in enumerate((0, 0.7, 10.6, 20)):
        lab.clock.advance(start + timedelta(seconds=seconds))
        put(client, "a", n=number)
    lab.clock.advance(timedelta(seconds=10))
    arn, shard_id = one_shard(lab)

    def first_page(moment: Any) -> list[int]:
        found = lab.client("dynamodbstreams").get_shard_iterator(
            StreamArn=arn, ShardId=shard_id, ShardIteratorType="AT_TIMESTAMP", Timestamp=moment
        )
        page = next(pages(lab, found["ShardIterator"]))
        return [int(record["dynamodb"]["NewImage"]["n"]["N"]) for record in page]

    # WHEN a reader starts at a time
    # THEN it gets what counts as written then or later: records count by whole seconds, rounded down
    for seconds, expected in (
        (-3600, [0, 1, 2, 3]),
        (0, [0, 1, 2, 3]),
        (0.5, [2, 3]),
        (10, [2, 3]),
        (10.5, [3]),
        (20, [3]),
        (20.1, []),
        (30, []),
    ):
        moment = start + timedelta(seconds=seconds)
        for shown in (moment, moment.timestamp(), moment.isoformat()):
            assert first_page(shown) == expected


@newer_botocore
def test_a_time_before_the_oldest_record_is_the_trim_horizon(lab: Lab) -> None:  # B9
    client = table(lab)
    put(client, "a", n=0)
    early = lab.clock.now()
    lab.clock.advance(timedelta(hours=23))
    put(client, "a", n=1)
    lab.clock.advance(timedelta(hours=2))
    arn, shard_id = one_shard(lab)
    found = lab.client("dynamodbstreams").get_shard_iterator(
        StreamArn=arn, ShardId=shard_id, ShardIteratorType="AT_TIMESTAMP", Timestamp=early
    )
    read = [record for page in pages(lab, found["ShardIterator"]) for record in page]
    assert [record["dynamodb"]["NewImage"]["n"] for record in read] == [{"N": "1"}]


@newer_botocore
@pytest.mark.parametrize(
    ("kind", "given", "text"),
    [
        ("AT_TIMESTAMP", {}, "Timestamp is required"),
        ("AT_TIMESTAMP", {"Timestamp": 4e9}, "must not be in the future"),
        (
            "AT_TIMESTAMP",
            {"Timestamp": 1.0, "SequenceNumber": "1" * 21},
            "SequenceNumber should not be passed",
        ),
        ("LATEST", {"Timestamp": 1.0}, "Timestamp should not be passed"),
    ],
)
def test_a_time_is_checked(lab: Lab, kind: str, given: dict[str, Any], text: str) -> None:  # B9
    table(lab)
    arn, shard_id = one_shard(lab)
    code, message = refused(
        lab.client("dynamodbstreams").get_shard_iterator,
        StreamArn=arn,
        ShardId=shard_id,
        ShardIteratorType=kind,
        **given,
    )
    assert code == "ValidationException"
    assert text in message


def test_an_iterator_is_opaque_text_with_the_streams_arn(lab: Lab) -> None:  # B11
    table(lab)
    arn, shard_id = one_shard(lab)
    text = iterator(lab, arn, shard_id)
    assert re.fullmatch(rf"{re.escape(arn)}\|\d\|.+", text)
    assert len(text) <= 2048


def test_an_iterator_may_be_used_again(lab: Lab) -> None:
    client = table(lab)
    put(client, "a", n=1)
    arn, shard_id = one_shard(lab)
    start = iterator(lab, arn, shard_id)
    assert list(pages(lab, start, most=1)) == list(pages(lab, start, most=1)) != [[]]


@pytest.mark.parametrize(
    ("age", "good"), [(timedelta(minutes=15), True), (timedelta(minutes=15, seconds=1), False)]
)
def test_an_iterator_lives_fifteen_minutes(lab: Lab, age: timedelta, good: bool) -> None:  # B10
    client = table(lab)
    put(client, "a")
    start = iterator(lab, *one_shard(lab))
    lab.clock.advance(age)
    if good:
        assert len(next(pages(lab, start))) == 1
    else:
        code, _ = refused(lab.client("dynamodbstreams").get_records, ShardIterator=start)
        assert code == "ExpiredIteratorException"


def test_each_page_gives_an_iterator_with_a_life_of_its_own(lab: Lab) -> None:  # B10
    table(lab)
    client = lab.client("dynamodbstreams")
    here = iterator(lab, *one_shard(lab))
    for _ in range(6):
        lab.clock.advance(timedelta(minutes=14))
        here = client.get_records(ShardIterator=here)["NextShardIterator"]


def test_iterators_cost_nothing_to_keep(lab: Lab) -> None:
    # GIVEN thousands of iterators that nobody uses
    table(lab)
    arn, shard_id = one_shard(lab)
    made = {iterator(lab, arn, shard_id) for _ in range(500)}
    # THEN nothing is held for them: the text is the iterator
    assert len(made) == 1


# ---- pages -----------------------------------------------------------------------------------


def test_limit_bounds_a_page(lab: Lab) -> None:  # B12
    client = table(lab)
    for number in range(25):
        put(client, "a", n=number)
    start = iterator(lab, *one_shard(lab))
    found = list(pages(lab, start, limit=10, most=4))
    assert [len(page) for page in found] == [10, 10, 5, 0]
    assert numbers([record for page in found for record in page]) == numbers(records(lab))


def test_a_page_holds_a_thousand_records(lab: Lab) -> None:  # B12
    client = table(lab)
    for number in range(0, 2100, 25):
        requests = [{"PutRequest": {"Item": item(f"k{k}")}} for k in range(number, number + 25)]
        client.batch_write_item(RequestItems={"tab": requests})
    start = iterator(lab, *one_shard(lab))
    assert [len(page) for page in pages(lab, start, most=3)] == [1000, 1000, 100]
    assert [len(page) for page in pages(lab, start, limit=1000, most=3)] == [1000, 1000, 100]


def test_a_limit_over_a_thousand_is_refused(lab: Lab) -> None:  # B29
    table(lab)
    start = iterator(lab, *one_shard(lab))
    get_records = lab.client("dynamodbstreams").get_records
    code, message = refused(get_records, ShardIterator=start, Limit=1001)
    assert code == "ValidationException"
    assert "1000" in message
    with pytest.raises(ParamValidationError):
        get_records(ShardIterator=start, Limit=0)


def test_a_page_holds_a_megabyte(lab: Lab) -> None:  # B12
    # GIVEN records of 300 KB: the first of one image, the others of two
    client = table(lab, "NEW_IMAGE")
    for number in range(7):
        put(client, f"k{number}", text="x" * 300_000)
    found = list(pages(lab, iterator(lab, *one_shard(lab)), most=4))
    assert [len(page) for page in found] == [3, 3, 1, 0]
    for page in found:
        assert sum(record["dynamodb"]["SizeBytes"] for record in page) <= 1 << 20


def test_a_record_larger_than_what_is_left_of_the_page_waits(lab: Lab) -> None:  # B12
    client = table(lab)
    put(client, "a", text="x" * 399_000)
    put(client, "a", text="y" * 399_000)  # 798 KB in one record
    put(client, "a", text="z" * 399_000)
    found = list(pages(lab, iterator(lab, *one_shard(lab)), most=3))
    assert [len(page) for page in found] == [1, 1, 1]


def test_empty_pages_on_a_quiet_stretch(lab: Lab) -> None:  # B13
    # GIVEN a record, three quiet hours, and another record
    client = table(lab)
    put(client, "a", n=1)
    lab.clock.advance(timedelta(hours=3, minutes=30))
    put(client, "a", n=2)
    # WHEN the shard is read page by page
    found = [len(page) for page in pages(lab, iterator(lab, *one_shard(lab)), most=12)]
    # THEN empty pages lie between the two, and they do not mean that the end is reached
    assert sum(found) == 2
    first, second = (index for index, length in enumerate(found) if length)
    assert second - first > 1


def test_every_quiet_stretch_is_crossed(lab: Lab) -> None:  # B13
    client = table(lab)
    for hours in (0, 1, 2.5, 0.1, 3.9):
        lab.clock.advance(timedelta(hours=hours))
        put(client, "a", n=hours)
    assert len(records(lab)) == 5


# ---- trimming --------------------------------------------------------------------------------


def test_records_leave_after_a_day(lab: Lab) -> None:  # A38, B17
    # GIVEN an old record and a young one
    client = table(lab)
    put(client, "a", n=1)
    arn, first_shard = one_shard(lab)
    old = read_shard(lab, arn, first_shard)[0]["dynamodb"]["SequenceNumber"]
    lab.clock.advance(timedelta(hours=3))
    put(client, "a", n=2)
    young = read_shard(lab, arn, first_shard)[1]["dynamodb"]["SequenceNumber"]
    # WHEN the old one is 24 hours old
    lab.clock.advance(timedelta(hours=21, seconds=1))
    # THEN TRIM_HORIZON starts at what is left, and the old one's number is refused
    assert numbers(read_shard(lab, arn, first_shard)) == [int(young)]
    get = lab.client("dynamodbstreams").get_shard_iterator
    asked = {"StreamArn": arn, "ShardId": first_shard, "SequenceNumber": old}
    for kind in ("AT_SEQUENCE_NUMBER",):
        assert refused(get, ShardIteratorType=kind, **asked)[0] == "TrimmedDataAccessException"
    after = iterator(lab, arn, first_shard, "AFTER_SEQUENCE_NUMBER", old)
    assert numbers([r for page in pages(lab, after) for r in page]) == [int(young)]


def test_records_that_are_trimmed_under_an_iterator(lab: Lab) -> None:  # B17
    client = table(lab)
    for number in range(3):
        put(client, "a", n=number)
    arn, shard_id = one_shard(lab)
    lab.clock.advance(timedelta(hours=23, minutes=55))
    start = iterator(lab, arn, shard_id)
    assert len(next(pages(lab, start))) == 3
    lab.clock.advance(timedelta(minutes=6))
    code, _ = refused(lab.client("dynamodbstreams").get_records, ShardIterator=start)
    assert code == "TrimmedDataAccessException"


def test_trim_horizon_of_a_shard_whose_records_are_all_trimmed(lab: Lab) -> None:  # B17
    client = table(lab)
    put(client, "a", n=1)
    arn, shard_id = one_shard(lab)
    lab.clock.advance(timedelta(hours=24, minutes=1))
    assert read_shard(lab, arn, shard_id) == []
    put(client, "a", n=2)
    assert events(lab) == [("MODIFY", item("a", n=1), item("a", n=2))]


def test_memory_of_trimmed_records_is_given_back(lab: Lab) -> None:
    client = table(lab)
    stream = lab._account.backend.streams.get(lab.stream_arn("tab"))
    assert stream is not None
    most = 0
    for hour in range(72):
        put(client, f"k{hour % 5}", n=hour)
        lab.clock.advance(timedelta(hours=1))
        held = sum(len(shard.records) for shard in stream.shards.values())
        most = max(most, held)
    # a day's records, and those of a shard that was not rolled since
    assert most <= 24 + 6
    assert len(records(lab)) <= 24


# ---- the life of a stream --------------------------------------------------------------------


def test_describe_stream(lab: Lab) -> None:  # B6, B27, B28
    lab.clock.advance(timedelta(milliseconds=1234))
    lab.create_table("tab", "pk", ("sk", "N"), stream_view_type="OLD_IMAGE")
    arn = lab.stream_arn("tab")
    described = lab.client("dynamodbstreams").describe_stream(StreamArn=arn)["StreamDescription"]
    assert arn == f"arn:aws:dynamodb:us-east-1:123456789012:table/tab/stream/{described['StreamLabel']}"
    assert described["StreamLabel"] == "2013-03-08T10:00:01.234"
    assert described["StreamStatus"] == "ENABLED"
    assert described["StreamViewType"] == "OLD_IMAGE"
    assert described["TableName"] == "tab"
    assert described["StreamArn"] == arn
    assert described["CreationRequestDateTime"] == lab.clock.now()
    assert described["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]
    of_table = lab.client("dynamodb").describe_table(TableName="tab")["Table"]
    assert of_table["LatestStreamArn"] == arn
    assert of_table["LatestStreamLabel"] == described["StreamLabel"]
    assert of_table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "OLD_IMAGE"}


def test_a_second_enable_is_refused(lab: Lab) -> None:  # B24, B25
    client = table(lab)
    for view_type in ("NEW_AND_OLD_IMAGES", "KEYS_ONLY"):
        code, message = refused(
            client.update_table,
            TableName="tab",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": view_type},
        )
        assert code == "ValidationException"
        assert "tab" in message
    described = client.describe_table(TableName="tab")["Table"]
    assert described["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"


def test_disabling_what_is_off_is_refused(lab: Lab) -> None:  # B24
    client = table(lab, None)
    for _ in range(2):
        code, _ = refused(client.update_table, TableName="tab", StreamSpecification=OFF)
        assert code == "ValidationException"
        client.update_table(TableName="tab", StreamSpecification=ON)
        client.update_table(TableName="tab", StreamSpecification=OFF)


@pytest.mark.parametrize(
    "specification",
    [
        {"StreamEnabled": True},
        {"StreamEnabled": True, "StreamViewType": "EVERYTHING"},
        {**ON, "StreamEnabled": False},
    ],
)
def test_a_stream_needs_a_view_type(lab: Lab, specification: dict[str, Any]) -> None:  # A22
    client = table(lab, None)
    code, _ = refused(client.update_table, TableName="tab", StreamSpecification=specification)
    assert code == "ValidationException"
    described = client.describe_table(TableName="tab")["Table"]
    assert "LatestStreamArn" not in described


def test_disabling_closes_the_shards_and_keeps_them_readable_for_a_day(lab: Lab) -> None:  # B26
    # GIVEN a stream with a record
    client = table(lab, shards=2)
    put(client, "a", n=1)
    arn = lab.stream_arn("tab")
    seen = records(lab)
    # WHEN it is disabled
    answer = client.update_table(TableName="tab", StreamSpecification=OFF)["TableDescription"]
    assert answer.get("StreamSpecification", {}).get("StreamEnabled") in (None, False)
    put(client, "a", n=2)
    # THEN its shards are closed, its record is readable, and nothing is added
    streams = lab.client("dynamodbstreams")
    described = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    assert described["StreamStatus"] == "DISABLED"
    assert all("EndingSequenceNumber" in shard["SequenceNumberRange"] for shard in described["Shards"])
    assert [r for shard in shards(lab, arn) for r in read_shard(lab, arn, shard["ShardId"])] == seen
    # and it is still the table's latest stream
    assert client.describe_table(TableName="tab")["Table"]["LatestStreamArn"] == arn
    # AND a day later it is gone
    lab.clock.advance(timedelta(hours=23, minutes=59))
    assert streams.describe_stream(StreamArn=arn)["StreamDescription"]["StreamStatus"] == "DISABLED"
    lab.clock.advance(timedelta(minutes=2))
    assert refused(streams.describe_stream, StreamArn=arn)[0] == NOT_FOUND
    assert streams.list_streams()["Streams"] == []


def test_enabling_again_makes_a_new_stream(lab: Lab) -> None:  # B25, B27
    client = table(lab)
    put(client, "a", n=1)
    first = lab.stream_arn("tab")
    client.update_table(TableName="tab", StreamSpecification=OFF)
    client.update_table(
        TableName="tab", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    )
    second = lab.stream_arn("tab")
    assert second != first
    put(client, "a", n=2)
    (record,) = records(lab)
    assert record["dynamodb"]["StreamViewType"] == "KEYS_ONLY"
    streams = lab.client("dynamodbstreams")
    listed = streams.list_streams(TableName="tab")["Streams"]
    assert [stream["StreamArn"] for stream in listed] == [first, second]
    assert len({stream["StreamLabel"] for stream in listed}) == 2


def test_a_deleted_tables_stream_stays_readable_for_a_day(lab: Lab) -> None:  # B26
    client = table(lab)
    put(client, "a", n=1)
    arn = lab.stream_arn("tab")
    client.delete_table(TableName="tab")
    streams = lab.client("dynamodbstreams")
    assert streams.describe_stream(StreamArn=arn)["StreamDescription"]["StreamStatus"] == "DISABLED"
    # deleting a table is no deletion of its items: no REMOVE
    assert [r["eventName"] for s in shards(lab, arn) for r in read_shard(lab, arn, s["ShardId"])] == [
        "INSERT"
    ]
    # a table of the same name starts afresh
    table(lab)
    assert lab.stream_arn("tab") != arn
    assert names(lab) == []
    lab.clock.advance(timedelta(hours=24, seconds=1))
    assert refused(streams.describe_stream, StreamArn=arn)[0] == NOT_FOUND


def test_list_streams_pages(lab: Lab) -> None:  # B3
    for number in range(7):
        table(lab, name=f"tab{number}")
    client = lab.client("dynamodbstreams")
    found: list[Any] = []
    request: dict[str, Any] = {"Limit": 3}
    lengths = []
    while True:
        page = client.list_streams(**request)
        lengths.append(len(page["Streams"]))
        found += page["Streams"]
        if "LastEvaluatedStreamArn" not in page:
            break
        request["ExclusiveStartStreamArn"] = page["LastEvaluatedStreamArn"]
    assert lengths == [3, 3, 1]
    assert found == client.list_streams()["Streams"]
    assert [stream["TableName"] for stream in found] == [f"tab{n}" for n in range(7)]
    assert all(set(stream) == {"StreamArn", "TableName", "StreamLabel"} for stream in found)
    only = client.list_streams(TableName="tab3")["Streams"]
    assert [stream["TableName"] for stream in only] == ["tab3"]
    assert client.list_streams(TableName="absent")["Streams"] == []


def test_a_table_that_is_made_by_plain_boto3(lab: Lab) -> None:  # B24
    client = lab.client("dynamodb")
    answer = client.create_table(
        TableName="tab",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
        StreamSpecification=ON,
    )["TableDescription"]
    assert answer["StreamSpecification"] == ON
    assert answer["LatestStreamArn"] == lab.stream_arn("tab")
    put(client, "a", n=1)
    delete(client, "a")
    assert names(lab) == ["INSERT", "REMOVE"]


# ---- errors ----------------------------------------------------------------------------------


def test_unknown_stream(lab: Lab) -> None:  # B18
    streams = lab.client("dynamodbstreams")
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/tab/stream/2013-03-08T10:00:00.000"
    with pytest.raises(streams.exceptions.ResourceNotFoundException) as caught:
        streams.describe_stream(StreamArn=arn)
    response = caught.value.response
    assert response["Error"]["Code"] == NOT_FOUND
    assert response["Error"]["Message"] == f"Requested resource not found: Stream: {arn} not found"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    asked = {"ShardId": NO_SHARD, "ShardIteratorType": "LATEST"}
    assert refused(streams.get_shard_iterator, StreamArn=arn, **asked)[0] == NOT_FOUND


def test_unknown_shard(lab: Lab) -> None:  # B16
    table(lab)
    arn = lab.stream_arn("tab")
    get = lab.client("dynamodbstreams").get_shard_iterator
    code, message = refused(get, StreamArn=arn, ShardId=NO_SHARD, ShardIteratorType="LATEST")
    assert code == NOT_FOUND
    assert NO_SHARD in message


@pytest.mark.parametrize("kind", ["TRIM_HORIZON", "LATEST"])
def test_a_sequence_number_that_is_not_asked_for(lab: Lab, kind: str) -> None:
    table(lab)
    arn, shard_id = one_shard(lab)
    get = lab.client("dynamodbstreams").get_shard_iterator
    asked = {"StreamArn": arn, "ShardId": shard_id, "ShardIteratorType": kind}
    assert refused(get, SequenceNumber="1" * 21, **asked)[0] == "ValidationException"


def test_paging_goes_on_when_the_last_shard_of_a_page_left_meanwhile(lab: Lab) -> None:  # B4
    table(lab)
    arn = lab.stream_arn("tab")
    client = lab.client("dynamodbstreams")
    first = client.describe_stream(StreamArn=arn, Limit=1)["StreamDescription"]["Shards"][0]["ShardId"]
    lab.clock.advance(timedelta(hours=30))
    left = shards(lab, arn)
    assert first not in {shard["ShardId"] for shard in left}
    answer = client.describe_stream(StreamArn=arn, ExclusiveStartShardId=first)
    assert answer["StreamDescription"]["Shards"] == left


def test_sequence_numbers_that_are_none(lab: Lab) -> None:
    client = table(lab)
    put(client, "a")
    arn, shard_id = one_shard(lab)
    get = lab.client("dynamodbstreams").get_shard_iterator
    asked = {"StreamArn": arn, "ShardId": shard_id, "ShardIteratorType": "AT_SEQUENCE_NUMBER"}
    for text in ("x" * 21, "²" * 21, "-" + "1" * 21, "1" * 41, "9" * 40, "1" * 5000, "0" * 20 + " "):
        assert refused(get, SequenceNumber=text, **asked)[0] == "ValidationException", text
    assert refused(get, **asked)[0] == "ValidationException"


@pytest.mark.parametrize("change", ["cut", "other stream", "respelt", "empty state"])
def test_an_iterator_that_was_tampered_with(lab: Lab, change: str) -> None:
    table(lab)
    table(lab, name="other")
    arn, shard_id = one_shard(lab)
    text = iterator(lab, arn, shard_id)
    bad = {
        "cut": text[:-7],
        "other stream": text.replace(arn, lab.stream_arn("other")),
        "respelt": text[:-9] + "A" * 9,
        "empty state": f"{arn}|1|AAAAAA==",
    }[change]
    code, _ = refused(lab.client("dynamodbstreams").get_records, ShardIterator=bad)
    assert code == "ValidationException"


OPERATIONS = {
    "DescribeStream": ("describe_stream", ("StreamArn", "ExclusiveStartShardId")),
    "ListStreams": ("list_streams", ("TableName", "ExclusiveStartStreamArn")),
    "GetShardIterator": ("get_shard_iterator", ("StreamArn", "ShardId", "SequenceNumber")),
    "GetRecords": ("get_records", ("ShardIterator",)),
}


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    print_blob=True,
)
@given(data=st.data())
def test_no_text_whatsoever_raises_a_python_error(lab: Lab, data: st.DataObject) -> None:  # B16
    # GIVEN a stream with records
    client = lab.client("dynamodb")
    if "tab" not in client.list_tables()["TableNames"]:
        table(lab)
        put(client, "a", n=1)
    arn, shard_id = one_shard(lab)
    good = {
        "StreamArn": arn,
        "ShardId": shard_id,
        "ShardIterator": iterator(lab, arn, shard_id),
        "SequenceNumber": read_shard(lab, arn, shard_id)[0]["dynamodb"]["SequenceNumber"],
        "TableName": "tab",
        "ExclusiveStartShardId": shard_id,
        "ExclusiveStartStreamArn": arn,
    }
    # WHEN a call is made with arbitrary text, or with a good one that was changed a little
    operation, members = OPERATIONS[data.draw(st.sampled_from(sorted(OPERATIONS)))]
    params: dict[str, Any] = {}
    for member in members:
        text = good[member]
        cut = data.draw(st.integers(0, len(text)))
        mutated = text[:cut] + data.draw(st.text(max_size=5)) + text[cut + data.draw(st.integers(0, 3)) :]
        params[member] = data.draw(st.sampled_from([text, mutated, data.draw(st.text(min_size=37))]))
    if operation == "get_shard_iterator":
        kinds = ["TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "AT_TIMESTAMP", ""]
        params["ShardIteratorType"] = data.draw(st.sampled_from(kinds))
    # THEN it is answered or refused as AWS refuses: by a ClientError or by boto3's own validation
    try:
        getattr(lab.client("dynamodbstreams"), operation)(**params)
        code = ""
    except ParamValidationError:
        code = ""
    except ClientError as error:
        code = error.response["Error"]["Code"]
    assert code in {"", NOT_FOUND, "ValidationException", "TrimmedDataAccessException"}
