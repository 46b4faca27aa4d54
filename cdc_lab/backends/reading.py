"""Reading a whole stream through the four calls of the service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cdc_lab.patterns import StreamRecord


def every_shard(client: Any, stream_arn: str) -> list[dict[str, Any]]:
    """The shards of a stream as DescribeStream lists them, all pages (B4).

    Parameters
    ----------
    client : boto3 client of ``dynamodbstreams``
    stream_arn : str
    """
    shards: list[dict[str, Any]] = []
    request = {"StreamArn": stream_arn}
    while True:
        description = client.describe_stream(**request)["StreamDescription"]
        shards += description["Shards"]
        if "LastEvaluatedShardId" not in description:
            return shards
        request["ExclusiveStartShardId"] = description["LastEvaluatedShardId"]


def every_stream_record(
    client: Any, stream_arn: str, holds_more: Callable[[str], Callable[[int], bool]]
) -> list[StreamRecord]:
    """The records of a stream, shard by shard, parents before children.

    Parameters
    ----------
    client : boto3 client of ``dynamodbstreams``
    stream_arn : str
    holds_more : callable
        Gives, for a shard's id, what :func:`every_record` asks.
    """
    records: list[StreamRecord] = []
    for shard_id in [shard["ShardId"] for shard in every_shard(client, stream_arn)]:
        records += every_record(client, stream_arn, shard_id, holds_more(shard_id))
    return records


def every_record(
    client: Any, stream_arn: str, shard_id: str, holds_more: Callable[[int], bool]
) -> Iterator[StreamRecord]:
    """The records of one shard from its oldest on.

    Parameters
    ----------
    client : boto3 client of ``dynamodbstreams``
    stream_arn, shard_id : str
    holds_more : callable
        Whether the shard holds records after a sequence number. An empty page does not say so (B13).
    """
    iterator = client.get_shard_iterator(
        StreamArn=stream_arn, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    position = 0
    while iterator is not None and holds_more(position):
        page = client.get_records(ShardIterator=iterator)
        for raw in page["Records"]:
            record = StreamRecord.from_get_records(raw, stream_arn)
            position = record.sequence
            yield record
        iterator = page.get("NextShardIterator")
