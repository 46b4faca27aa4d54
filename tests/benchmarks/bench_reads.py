"""GetRecords and GetItem through boto3: the lab beside plain moto and the servers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks._side_by_side import Work, flight, key, new_table, show
from tests.benchmarks._sides import Clients

ITEMS = 200


def changed(clients: Clients, units: int) -> None:
    """A stream with so many records, most of them MODIFY with both images."""
    new_table(clients, "flights")
    client = clients("dynamodb")
    for first in range(0, units, 25):
        requests = [
            {"PutRequest": {"Item": flight(number % ITEMS, delay={"N": str(number)})}}
            for number in range(first, min(units, first + 25))
        ]
        client.batch_write_item(RequestItems={"flights": requests})


def stream_reads(limit: int, clients: Clients, units: int) -> Callable[[], None]:
    changed(clients, units)
    streams = clients("dynamodbstreams")
    arn = clients("dynamodb").describe_table(TableName="flights")["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}

    def run() -> None:
        left, here = units, streams.get_shard_iterator(**start)["ShardIterator"]
        while left > 0:
            page = streams.get_records(ShardIterator=here, Limit=limit)
            left -= len(page["Records"])
            here = page.get("NextShardIterator")  # none at the end of a shard that was closed

    return run


def item_reads(clients: Clients, units: int) -> Callable[[], None]:
    changed(clients, ITEMS)
    client = clients("dynamodb")

    def run() -> None:
        for number in range(units):
            client.get_item(TableName="flights", Key=key(number % ITEMS))

    return run


WORKS = [
    Work("GetRecords of 1,000, records", partial(stream_reads, 1000), units=20_000, others=1000, target=50),
    Work("GetRecords of 100, records", partial(stream_reads, 100), units=20_000, others=1000, target=30),
    Work("GetItem", item_reads, units=2000, others=400, target=4),
]

if __name__ == "__main__":
    sys.exit(show("Reads", "reads", WORKS))
