"""B9, B18, B29: where iterators start, and what the calls of DynamoDB Streams refuse."""

from __future__ import annotations

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from cdc_lab import Lab
from tests.older_packages import newer_botocore

NO_ARN = "sdfadfsdfnlfkajakfgjalksfgklasjklasdjfklasdfasdfgasf"


@pytest.fixture
def lab():
    with Lab(seed=1) as opened:
        opened.create_table("tab", partition_key="pk")
        yield opened


def code(call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"]


def iterator(lab):
    return lab.client("dynamodbstreams").get_shard_iterator(
        StreamArn=lab.stream_arn("tab"),
        ShardId=lab.shards("tab")[0]["ShardId"],
        ShardIteratorType="TRIM_HORIZON",
    )["ShardIterator"]


def test_b29_a_limit_above_a_thousand_is_refused(lab):
    get_records = lab.client("dynamodbstreams").get_records
    assert code(get_records, ShardIterator=iterator(lab), Limit=1001) == "ValidationException"
    assert get_records(ShardIterator=iterator(lab), Limit=1000)["Records"] == []


def test_b29_a_malformed_arn_is_refused(lab):
    streams, shard = lab.client("dynamodbstreams"), lab.shards("tab")[0]["ShardId"]
    asked = {"ShardId": shard, "ShardIteratorType": "LATEST"}
    assert code(streams.describe_stream, StreamArn=NO_ARN) == "ValidationException"
    assert code(streams.get_shard_iterator, StreamArn=NO_ARN, **asked) == "ValidationException"
    assert code(streams.list_streams, ExclusiveStartStreamArn=NO_ARN) == "ValidationException"
    assert (
        code(streams.list_streams, TableName="tab", ExclusiveStartStreamArn=NO_ARN) == "ValidationException"
    )


def test_b18_a_stream_that_is_not_there_is_not_found(lab):
    streams, arn = lab.client("dynamodbstreams"), lab.stream_arn("tab").replace("table/tab", "table/other")
    assert code(streams.describe_stream, StreamArn=arn) == "ResourceNotFoundException"


@newer_botocore
def test_b9_an_iterator_starts_at_a_time_and_not_in_the_future(lab):
    # GIVEN two records, ten seconds apart
    table, streams, start = (
        lab.resource("dynamodb").Table("tab"),
        lab.client("dynamodbstreams"),
        lab.clock.now(),
    )
    table.put_item(Item={"pk": "1"})
    lab.clock.advance(timedelta(seconds=10))
    table.put_item(Item={"pk": "2"})
    place = {"StreamArn": lab.stream_arn("tab"), "ShardId": lab.shards("tab")[0]["ShardId"]}
    place["ShardIteratorType"] = "AT_TIMESTAMP"

    def read(moment):
        found = streams.get_shard_iterator(**place, Timestamp=moment)["ShardIterator"]
        page = streams.get_records(ShardIterator=found)["Records"]
        return [record["dynamodb"]["Keys"]["pk"]["S"] for record in page]

    # THEN a time starts at the first record then or later, an old one at the oldest, and a future one nowhere
    assert read(start - timedelta(days=3)) == read(start) == ["1", "2"]
    assert read(start + timedelta(seconds=1)) == read(start + timedelta(seconds=10)) == ["2"]
    future = start + timedelta(hours=1)
    assert code(streams.get_shard_iterator, **place, Timestamp=future) == "ValidationException"
