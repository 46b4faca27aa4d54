"""D8, D41 to D43: what one partition takes in a second, and how what is more is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cdc_lab import Lab, PartitionThroughput


@pytest.fixture
def client() -> Iterator[Any]:
    """A client that never asks twice, of a lab whose partitions are limited as on AWS."""
    with Lab(seed=1, partition_throughput=True) as lab:
        lab.create_table("tab", partition_key="pk")
        yield boto3.client("dynamodb", config=Config(retries={"max_attempts": 0}))


def throttled_after(call: Any, **request: Any) -> tuple[int, ClientError]:
    for number in range(5000):
        try:
            call(**request)
        except ClientError as error:
            return number, error
    raise AssertionError("nothing was throttled")


KEY = {"pk": {"S": "hot"}}
PUT = {"TableName": "tab", "Item": KEY}


def test_d8_and_d41_one_key_takes_a_thousand_writes_of_a_kilobyte_in_a_second(client):
    taken, error = throttled_after(client.put_item, **PUT)
    assert taken == 1000
    assert error.response["Error"]["Code"] == "ThrottlingException"
    assert error.response["throttlingReasons"][0]["reason"] == "TableWriteKeyRangeThroughputExceeded"


def test_d8_one_key_takes_three_thousand_reads_in_a_second(client):
    taken, error = throttled_after(client.get_item, TableName="tab", Key=KEY, ConsistentRead=True)
    assert taken == 3000
    assert error.response["throttlingReasons"][0]["reason"] == "TableReadKeyRangeThroughputExceeded"


def test_d43_a_transaction_costs_double(client):
    taken, error = throttled_after(client.transact_write_items, TransactItems=[{"Put": PUT}])
    assert taken == 500
    assert [reason["Code"] for reason in error.response["CancellationReasons"]] == ["ThrottlingError"]


def test_d41_a_batch_gives_back_what_it_could_not_do(client):
    for _ in range(999):
        client.put_item(**PUT)
    left = client.batch_write_item(RequestItems={"tab": [{"PutRequest": {"Item": KEY}}]})
    assert left["UnprocessedItems"] == {}
    _, error = throttled_after(client.batch_write_item, RequestItems={"tab": [{"PutRequest": {"Item": KEY}}]})
    assert error.response["Error"]["Code"] == "ThrottlingException"


def test_d42_saved_capacity_does_not_lift_the_limits_of_a_partition():
    assert PartitionThroughput().burst_seconds == 0
