"""A partition takes so much in a second: who is throttled, how, and what it costs (D8, D41 to D43)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cdc_lab import Lab, LabError, PartitionThroughput
from cdc_lab.emulator.dynamodb.order import hash_of, segment_of

from .streaming import refused

KB = "x" * 1000


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A lab whose partitions take ten writes or thirty reads a second."""
    with Lab(seed=1, partition_throughput=PartitionThroughput(write_units=10, read_units=30)) as opened:
        yield opened


@pytest.fixture
def client(lab: Lab) -> Any:
    """A client that never asks twice."""
    lab.create_table("tab", partition_key="pk")
    return fresh(lab)


def fresh(lab: Lab) -> Any:
    import boto3

    return boto3.client("dynamodb", config=Config(retries={"max_attempts": 0}))


def put(client: Any, pk: str = "hot", **values: str) -> None:
    client.put_item(TableName="tab", Item={"pk": {"S": pk}} | {n: {"S": v} for n, v in values.items()})


def until_throttled(call: Any, most: int = 200) -> tuple[int, ClientError]:
    for number in range(most):
        try:
            call()
        except ClientError as error:
            return number, error
    raise AssertionError(f"none of {most} calls was throttled")


def partition(pk: str) -> int:
    """The number of a key's partition, of four."""
    return segment_of(hash_of((("S", pk),)), 4)


def other_partition() -> str:
    """A key that lies in another of the four partitions than ``hot``."""
    return next(one for one in "abcdefgh" if partition(one) != partition("hot"))


def test_a_hot_key_is_throttled_and_the_next_second_starts_anew(lab: Lab, client: Any) -> None:
    # WHEN one key is written ten times within a second
    number, error = until_throttled(lambda: put(client))
    # THEN the eleventh is refused as AWS refuses it on demand, and leaves nothing behind
    assert number == 10
    assert error.response["Error"]["Code"] == "ThrottlingException"
    assert "check if you have a hot key" in error.response["Error"]["Message"]
    arn = client.describe_table(TableName="tab")["Table"]["TableArn"]
    assert error.response["throttlingReasons"] == [
        {"reason": "TableWriteKeyRangeThroughputExceeded", "resource": arn}
    ]
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert len(lab.read_stream("tab")) == 1
    # AND another partition goes on, and so does this one in the next second
    put(client, other_partition())
    lab.clock.advance(timedelta(seconds=1))
    assert until_throttled(lambda: put(client))[0] == 10


def test_it_is_off_by_default() -> None:
    with Lab(seed=1) as lab:
        table = lab.create_table("tab", partition_key="pk")
        for _ in range(1100):
            table.put_item(Item={"pk": "hot"})
        assert len(lab.read_stream(table)) == 1


def test_true_means_the_limits_of_aws() -> None:
    with Lab(seed=1, partition_throughput=True) as lab:
        lab.create_table("tab", partition_key="pk")
        client = fresh(lab)
        assert until_throttled(lambda: put(client), 2000)[0] == 1000
        get = lambda: client.get_item(TableName="tab", Key={"pk": {"S": "hot"}}, ConsistentRead=True)  # noqa: E731
        assert until_throttled(get, 4000)[0] == 3000


@pytest.mark.parametrize(("size", "writes"), [(0, 10), (1000, 10), (1100, 5), (5000, 2)])
def test_writes_count_by_size(client: Any, size: int, writes: int) -> None:
    assert until_throttled(lambda: put(client, text="x" * size))[0] == writes


def test_an_update_counts_by_the_larger_version(client: Any) -> None:
    # GIVEN an item that an update makes large
    grow = {
        "TableName": "tab",
        "Key": {"pk": {"S": "hot"}},
        "UpdateExpression": "SET big = :b",
        "ExpressionAttributeValues": {":b": {"S": KB * 8}},
    }
    client.update_item(**grow)  # eight units: what is left of the second is two
    assert refused(client.update_item, **grow)[0] == "ThrottlingException"
    # AND what it costs beyond a whole second is taken from the next one
    shrink = grow | {"UpdateExpression": "REMOVE big"}
    del shrink["ExpressionAttributeValues"]
    assert refused(client.update_item, **shrink)[0] == "ThrottlingException"


def test_a_failed_condition_costs_a_write(client: Any) -> None:
    put(client)
    condition = {"ConditionExpression": "attribute_not_exists(pk)"}
    asked = {"TableName": "tab", "Item": {"pk": {"S": "hot"}}} | condition
    codes = [refused(client.put_item, **asked)[0] for _ in range(10)]
    assert codes == ["ConditionalCheckFailedException"] * 9 + ["ThrottlingException"]


@pytest.mark.parametrize(("consistent", "reads"), [(True, 30), (False, 60)])
def test_eventually_consistent_reads_cost_half(client: Any, consistent: bool, reads: int) -> None:
    key = {"pk": {"S": "hot"}}
    number, error = until_throttled(
        lambda: client.get_item(TableName="tab", Key=key, ConsistentRead=consistent)
    )
    assert number == reads
    assert error.response["throttlingReasons"][0]["reason"] == "TableReadKeyRangeThroughputExceeded"
    put(client)  # reads and writes are limited apart from each other


def test_a_query_counts_what_it_read(client: Any) -> None:
    put(client, text=KB * 8)
    query = {
        "TableName": "tab",
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": "hot"}},
        "ConsistentRead": True,
    }
    assert until_throttled(lambda: client.query(**query))[0] == 15  # two units of 4 KB each
    assert refused(client.scan, TableName="tab", ConsistentRead=True)[0] == "ThrottlingException"
    statement = "SELECT * FROM \"tab\" WHERE pk = 'hot'"
    assert refused(client.execute_statement, Statement=statement)[0] == "ThrottlingException"


def test_a_batch_leaves_what_is_throttled(client: Any) -> None:
    # GIVEN a partition with two units left, and another that is idle
    for _ in range(8):
        put(client)
    idle = other_partition()
    near = [pk for pk in map(str, range(200)) if partition(pk) == partition("hot")]
    requests = [{"PutRequest": {"Item": {"pk": {"S": pk}, "b": {"B": b"\x00"}}}} for pk in (*near[:3], idle)]
    # WHEN a batch asks for three writes there and one elsewhere
    answer = client.batch_write_item(RequestItems={"tab": requests})
    # THEN the third comes back as it was, to be sent again
    assert answer["UnprocessedItems"] == {"tab": [requests[2]]}
    # AND a batch of which nothing can be done is refused
    assert refused(client.batch_write_item, RequestItems={"tab": [requests[2]]})[0] == "ThrottlingException"


def test_a_batch_of_reads_leaves_what_is_throttled(client: Any) -> None:
    key = {"pk": {"S": "hot"}}
    put(client, text=KB * 100)
    put_elsewhere = other_partition()
    client.get_item(TableName="tab", Key=key, ConsistentRead=True)
    asked = {"tab": {"Keys": [key, {"pk": {"S": put_elsewhere}}], "ConsistentRead": True}}
    answer = client.batch_get_item(RequestItems=asked)
    assert answer["UnprocessedKeys"] == {"tab": {"Keys": [key], "ConsistentRead": True}}
    alone = {"tab": {"Keys": [key]}}
    assert refused(client.batch_get_item, RequestItems=alone)[0] == "ThrottlingException"


def test_a_transaction_costs_double_and_is_cancelled_as_a_whole(lab: Lab, client: Any) -> None:
    items = [{"Put": {"TableName": "tab", "Item": {"pk": {"S": pk}}}} for pk in ("hot", other_partition())]
    number, error = until_throttled(lambda: client.transact_write_items(TransactItems=items[:1]))
    assert number == 5
    # WHEN one item's partition is throttled and the other's is not
    error = refused_error(client.transact_write_items, TransactItems=items)
    # THEN nothing is written, and the reason stands at the item
    assert error.response["Error"]["Code"] == "TransactionCanceledException"
    reasons = error.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["ThrottlingError", "None"]
    assert set(reasons[0]) == {"Code", "Message"}
    assert "hot key" in reasons[0]["Message"]
    assert [record.keys["pk"] for record in lab.read_stream("tab")] == ["hot"]


def test_transactional_reads_cost_double(client: Any) -> None:
    get = [{"Get": {"TableName": "tab", "Key": {"pk": {"S": "hot"}}}}]
    number, error = until_throttled(lambda: client.transact_get_items(TransactItems=get))
    assert number == 15
    assert error.response["CancellationReasons"][0]["Code"] == "ThrottlingError"


def test_a_batch_of_statements_names_the_throttled_one(client: Any) -> None:
    for _ in range(10):
        put(client)
    statement = {"Statement": "DELETE FROM \"tab\" WHERE pk = 'hot'"}
    (answer,) = client.batch_execute_statement(Statements=[statement])["Responses"]
    assert answer["Error"]["Code"] == "ThrottlingError"
    assert set(answer["Error"]) == {"Code", "Message"}


def test_a_provisioned_table_answers_with_its_own_exception(lab: Lab, client: Any) -> None:
    client.update_table(
        TableName="tab",
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    )
    _, error = until_throttled(lambda: put(client))
    assert error.response["Error"]["Code"] == "ProvisionedThroughputExceededException"
    assert error.response["ThrottlingReasons"][0]["reason"] == "TableWriteKeyRangeThroughputExceeded"


def test_what_costs_more_than_a_second_takes_up_the_next_ones(lab: Lab, client: Any) -> None:
    put(client, text=KB * 24)  # 25 units, where a second has 10
    delete = {"TableName": "tab", "Key": {"pk": {"S": "hot"}}}
    for _ in range(2):
        lab.clock.advance(timedelta(seconds=1))
        assert refused(client.delete_item, **delete)[0] == "ThrottlingException"
        put(client, other_partition())
    lab.clock.advance(timedelta(seconds=3))
    client.delete_item(**delete)


def test_a_burst_uses_what_was_saved() -> None:
    limits = PartitionThroughput(write_units=10, burst_seconds=3)
    with Lab(seed=1, partition_throughput=limits) as lab:
        lab.create_table("tab", partition_key="pk")
        write = partial(put, fresh(lab))
        # GIVEN a partition that was idle: three seconds are saved beside its own
        assert until_throttled(write)[0] == 40
        lab.clock.advance(timedelta(seconds=1))
        assert until_throttled(write)[0] == 10
        lab.clock.advance(timedelta(seconds=2))  # one of them idle
        assert until_throttled(write)[0] == 20
        lab.clock.advance(timedelta(seconds=600))
        assert until_throttled(write)[0] == 40


def test_a_function_that_meets_a_hot_row_fails_and_its_batch_comes_again() -> None:
    # GIVEN a backlog of 30 records, whose function adds each to one row that takes ten writes a second
    with Lab(seed=1, partition_throughput=PartitionThroughput(write_units=10)) as lab:
        flights = lab.create_table("flights", partition_key="pk")
        totals = lab.create_table("totals", partition_key="group", stream_view_type=None)
        for number in range(30):
            flights.put_item(Item={"pk": str(number)})
            lab.clock.advance(timedelta(seconds=1))

        def count(event: Any, context: Any) -> None:
            client = fresh(lab)
            for _ in event["Records"]:
                client.update_item(
                    TableName="totals",
                    Key={"group": {"S": "all"}},
                    UpdateExpression="ADD flights :one",
                    ExpressionAttributeValues={":one": {"N": "1"}},
                )

        lab.attach(count, flights, BatchSize=6)
        # WHEN the backlog is handled
        outcomes = lab.run().invocations["outcome"].tolist()
        counted = int(totals.get_item(Key={"group": "all"}, ConsistentRead=True)["Item"]["flights"])
        # THEN some invocations fail, every record gets through, and what a failed one added stays
        assert outcomes.count("success") == 5
        assert "error" in outcomes
        assert counted > 30


def test_time_to_live_is_not_throttled(lab: Lab) -> None:
    lab.create_table("tab", partition_key="pk", ttl_attribute="gone_at")
    client = fresh(lab)
    due = str(int(lab.clock.time()))
    for number in range(30):
        item = {"pk": {"S": "hot" if number == 0 else f"k{number}"}, "gone_at": {"N": due}}
        client.put_item(TableName="tab", Item=item)
        lab.clock.advance(timedelta(seconds=1))
    assert lab.expire_ttl() == 30


@pytest.mark.parametrize("partitions", [1, 2, 7])
def test_a_table_takes_as_much_as_its_partitions(partitions: int) -> None:
    limits = PartitionThroughput(write_units=10, partitions=partitions)
    with Lab(seed=1, partition_throughput=limits) as lab:
        lab.create_table("tab", partition_key="pk")
        client = fresh(lab)
        written = 0
        for number in range(500):
            with suppress(ClientError):
                put(client, f"k{number}")
                written += 1
        assert written == 10 * partitions


@pytest.mark.parametrize(
    "given",
    ["yes", 1, {"write_units": 5}],
)
def test_a_wrong_argument_is_refused(given: Any) -> None:
    with pytest.raises(LabError, match="partition_throughput"):
        Lab(seed=1, partition_throughput=given)


@pytest.mark.parametrize(
    "options",
    [{"write_units": 0}, {"read_units": -1}, {"burst_seconds": -1}, {"partitions": 0}, {"partitions": 5000}],
)
def test_wrong_limits_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(LabError, match=next(iter(options))):
        PartitionThroughput(**options)


def test_another_backend_says_itself_what_a_partition_takes() -> None:
    with pytest.raises(LabError, match="emulator"):
        Lab(backend="endpoint", endpoint_url="http://127.0.0.1:1", partition_throughput=True)


def refused_error(call: Any, **request: Any) -> ClientError:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value
