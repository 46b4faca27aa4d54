"""Every boto3 client of the process is the lab's while it is open, and none ever reaches the network."""

from __future__ import annotations

import itertools
import random
import socket
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError
from botocore.stub import Stubber

from cdc_lab import Lab, LabError

from .streaming import item, put, records, refused, table, update


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection fails the test, even one within this machine."""

    def connect(self: socket.socket, address: Any) -> None:
        raise AssertionError(f"a socket was opened to {address}")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, connect)


MAKERS = {
    "boto3.client": lambda: boto3.client("dynamodb"),
    "in a region": lambda: boto3.client("dynamodb", region_name="us-east-1"),
    "Session().client": lambda: boto3.Session().client("dynamodb"),
    "Session with credentials": lambda: boto3.Session("real", "secret").client("dynamodb"),
    "a session of botocore's": lambda: botocore.session.get_session().create_client("dynamodb", "us-east-1"),
    "an endpoint": lambda: boto3.client("dynamodb", endpoint_url="http://localhost:8000"),
    "a config": lambda: boto3.client("dynamodb", config=Config(account_id_endpoint_mode="required")),
    "credentials": lambda: boto3.client("dynamodb", aws_access_key_id="real", aws_secret_access_key="secret"),
    "no certificates": lambda: boto3.client("dynamodb", use_ssl=False, verify=False),
}  # fmt: skip


@pytest.mark.usefixtures("no_sockets")
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_client_made_while_the_lab_is_open_is_the_labs(lab: Lab, make: Any) -> None:
    table(lab)
    client = make()
    put(client, "a", n=1)
    assert len(records(lab)) == 1


@pytest.mark.usefixtures("no_sockets")
def test_what_waiters_and_paginators_do(lab: Lab) -> None:
    client = table(lab)
    client.get_waiter("table_exists").wait(TableName="tab")
    for number in range(5):
        put(client, f"k{number}")
    pages = client.get_paginator("scan").paginate(TableName="tab", PaginationConfig={"PageSize": 2})
    assert [len(page["Items"]) for page in pages] == [2, 2, 1]
    streams = lab.client("dynamodbstreams").list_streams()["Streams"]
    assert len(streams) == 1


@pytest.mark.usefixtures("no_sockets")
def test_a_table_resource_reads_and_writes_python_values(lab: Lab) -> None:
    table(lab)
    resource = lab.resource("dynamodb").Table("tab")
    with resource.batch_writer() as batch:
        for number in range(30):
            batch.put_item(Item={"pk": f"k{number}", "tags": {"x", "y"}, "raw": b"\x00"})
    found = resource.get_item(Key={"pk": "k7"})["Item"]
    assert (found["tags"], bytes(found["raw"])) == ({"x", "y"}, b"\x00")
    assert len(records(lab)) == 30


@pytest.mark.usefixtures("no_sockets")
def test_other_services_stay_in_the_process(lab: Lab) -> None:
    sqs, sns, s3, logs = (lab.client(name) for name in ("sqs", "sns", "s3", "logs"))
    queue = sqs.create_queue(QueueName="failures")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    assert [message["Body"] for message in sqs.receive_message(QueueUrl=queue)["Messages"]] == ["x"]
    assert sns.create_topic(Name="failures")["TopicArn"].endswith(":123456789012:failures")
    s3.create_bucket(Bucket="failures")
    s3.put_object(Bucket="failures", Key="x", Body=b"y")
    assert s3.get_object(Bucket="failures", Key="x")["Body"].read() == b"y"
    logs.create_log_group(logGroupName="x")
    assert lab.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_answers_carry_lab_time(lab: Lab) -> None:
    # GIVEN that a day has passed in the lab
    lab.clock.advance(timedelta(days=1, seconds=0.25))
    client = table(lab)
    # THEN what services date is dated by the lab's clock, and the process's own goes on
    created = client.describe_table(TableName="tab")["Table"]["CreationDateTime"]
    assert created == lab.clock.now()
    queue = lab.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    attributes = lab.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["CreatedTimestamp"])
    assert float(attributes["Attributes"]["CreatedTimestamp"]) == lab.clock.time()
    assert time.time() > lab.clock.time() + 86400


# ---- before and after ------------------------------------------------------------------------


@pytest.fixture
def outside() -> Any:
    """A client that is made while no lab is open."""
    return boto3.client("dynamodb", region_name="us-east-1")


@pytest.mark.usefixtures("no_sockets")
def test_a_client_made_before_meets_a_guard(outside: Any) -> None:
    with Lab(), pytest.raises(LabError, match="made before the lab was opened") as caught:
        outside.list_tables()
    assert 'lab.client("dynamodb")' in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("no_sockets")
def test_a_handlers_client_is_answered_by_the_lab_that_runs_it(outside: Any) -> None:
    # GIVEN a handler with a client that was made before any lab, and a resource of a lab that is closed
    with Lab():
        table = boto3.resource("dynamodb").Table("counts")

    def handler(event: Any, context: Any) -> None:
        outside.put_item(TableName="seen", Item={"pk": {"S": "a"}})
        with pytest.raises(outside.exceptions.ResourceNotFoundException):
            outside.describe_table(TableName="none")
        table.update_item(
            Key={"pk": "n"}, UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": 1}
        )

    for _ in range(2):
        # WHEN it is put behind a stream of one lab, and then of another
        with Lab() as lab:
            seen, counts = (
                lab.create_table(name, "pk", stream_view_type=None) for name in ("seen", "counts")
            )
            source = lab.create_table("source", "pk")
            lab.attach(handler, source)
            source.put_item(Item={"pk": "a"})
            assert lab.run().rows.invocations["outcome"] == ["success"]
            # THEN its calls took effect there, and took lab time
            assert (seen.scan()["Count"], counts.scan()["Items"]) == (1, [{"pk": "n", "n": 1}])
            assert lab.trace.rows.calls["operation"] == ["PutItem", "DescribeTable", "UpdateItem"]
            # AND who uses it outside of a handler is still refused
            with pytest.raises(LabError, match="made before the lab was opened"):
                outside.list_tables()


@pytest.mark.parametrize(("region", "expected"), [("eu-west-1", "us-east-1"), ("us-west-2", "us-west-2")])
def test_the_region_of_a_client_made_before_is_the_labs_unless_code_named_it(
    region: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a client in a region: the environment's, or another
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    client = boto3.client("dynamodb", region_name=region)
    with Lab() as lab:
        lab.create_function(
            "f",
            lambda event, context: client.create_table(
                TableName="made",
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                BillingMode="PAY_PER_REQUEST",
            )["TableDescription"]["TableArn"],
        )
        # WHEN a handler uses it THEN the call is made in that region
        answer = lab.client("lambda").invoke(FunctionName="f")["Payload"].read().decode()
    assert answer.split(":")[3] == expected


def test_a_client_made_before_works_again_afterwards(outside: Any) -> None:
    with Lab():
        pass
    with Stubber(outside) as stubber:
        stubber.add_response("list_tables", {"TableNames": ["real"]})
        assert outside.list_tables()["TableNames"] == ["real"]


@pytest.mark.usefixtures("no_sockets")
def test_a_closed_labs_client_says_so() -> None:
    with Lab(seed=3) as lab:
        mine, other = lab.client("dynamodb"), boto3.client("sqs")
        queue = boto3.resource("sqs")
    for use in (mine.list_tables, other.list_queues, lambda: list(queue.queues.all())):
        with pytest.raises(LabError, match="which is closed") as caught:
            use()
        assert "seed 3" in str(caught.value)


def test_a_client_made_after_a_lab_was_closed_is_plain_boto3() -> None:
    with Lab():
        pass
    client = boto3.client("dynamodb", region_name="us-east-1")
    with Stubber(client) as stubber:
        stubber.add_response("list_tables", {"TableNames": []})
        assert client.list_tables()["TableNames"] == []
    assert not hasattr(client, "_cdc_lab_transport")


def test_a_stubber_still_stubs(lab: Lab) -> None:
    client = boto3.client("dynamodb")
    with Stubber(client) as stubber:
        stubber.add_client_error("put_item", "ProvisionedThroughputExceededException")
        with pytest.raises(client.exceptions.ProvisionedThroughputExceededException):
            client.put_item(TableName="tab", Item=item("a"))
    table(lab)
    put(client, "a")
    assert len(records(lab)) == 1


def test_handlers_that_a_user_registers_are_called(lab: Lab) -> None:
    client = table(lab)
    seen: list[str] = []
    client.meta.events.register("provide-client-params.dynamodb.PutItem", lambda **_: seen.append("params"))
    client.meta.events.register("before-call.dynamodb.PutItem", lambda **_: seen.append("before"))
    client.meta.events.register("after-call.dynamodb.PutItem", lambda **_: seen.append("after"))
    put(client, "a")
    assert seen[0] == "params"
    assert "after" in seen


# ---- form of answers and refusals ------------------------------------------------------------


def test_parameters_are_validated_as_ever(lab: Lab) -> None:
    client = table(lab)
    for wrong in ({"TableName": "tab"}, {"TableName": "tab", "Item": {"pk": "a"}}, {"Item": item("a")}):
        with pytest.raises(ParamValidationError):
            client.put_item(**wrong)


def test_an_error_is_the_clients_own_exception(lab: Lab) -> None:
    client = table(lab)
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as caught:
        client.put_item(TableName="tab", Item=item("a"), ConditionExpression="attribute_exists(pk)")
    response = caught.value.response
    assert response["Error"] == {
        "Code": "ConditionalCheckFailedException",
        "Message": "The conditional request failed",
    }
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "when calling the PutItem operation" in str(caught.value)


def test_metadata_is_of_every_answer(lab: Lab) -> None:
    client = table(lab)
    metadata = [
        put(client, "a")["ResponseMetadata"],
        lab.client("dynamodbstreams").list_streams()["ResponseMetadata"],
    ]
    for one in metadata:
        assert one["HTTPStatusCode"] == 200
        assert one["RetryAttempts"] == 0
        assert one["RequestId"] == one["HTTPHeaders"]["x-amzn-requestid"]
    assert metadata[0]["RequestId"] != metadata[1]["RequestId"]


def test_operations_that_moto_has_not(lab: Lab) -> None:
    client = lab.client("dynamodb")
    code, message = refused(client.describe_global_table, GlobalTableName="flights")
    assert code == "NotImplemented"
    assert "DescribeGlobalTable" in message


# ---- Powertools --------------------------------------------------------------------------------


def test_powertools_own_client_is_the_labs(lab: Lab) -> None:  # D15
    from aws_lambda_powertools.utilities.idempotency import (
        DynamoDBPersistenceLayer,
        IdempotencyConfig,
        idempotent_function,
    )

    lab.create_table("done", "id")
    calls: list[int] = []
    config = IdempotencyConfig(expires_after_seconds=86400)
    config.register_lambda_context(SimpleNamespace(get_remaining_time_in_millis=lambda: 3000))  # D17

    @idempotent_function(
        data_keyword_argument="order",
        persistence_store=DynamoDBPersistenceLayer(table_name="done"),
        config=config,
    )
    def charge(order: dict[str, int]) -> int:
        calls.append(order["id"])
        return order["id"]

    assert [charge(order={"id": 1}), charge(order={"id": 1}), charge(order={"id": 2})] == [1, 1, 2]
    assert calls == [1, 2]
    assert len(lab.client("dynamodb").scan(TableName="done")["Items"]) == 2


# ---- threads -----------------------------------------------------------------------------------


@pytest.fixture
def eager_switching() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("eager_switching", "no_sockets")
def test_threads_write_without_losing_anything(rng: random.Random) -> None:  # A35, A36
    # GIVEN eight threads that write the same items, each through a client of its own
    threads, writes, keys = 8, 50, 5
    failures: list[BaseException] = []
    with Lab(seed=rng.randrange(1000), shards=4) as lab:
        table(lab)
        clients = [boto3.client("dynamodb") for _ in range(threads)]
        start = threading.Barrier(threads)

        def work(number: int) -> None:
            client = clients[number]
            try:
                start.wait(timeout=60)
                for turn in range(writes):
                    put(client, f"put-{number}-{turn}")
                    update(
                        client,
                        f"k{turn % keys}",
                        "ADD n :one SET latest = :latest",
                        one=1,
                        latest=f"{number}-{turn}",
                    )
            except BaseException as error:
                failures.append(error)

        workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(timeout=120)
        assert failures == []
        # THEN every write has its record, and no two share a sequence number
        found = records(lab)
        assert len(found) == threads * writes * 2
        assert len({record["dynamodb"]["SequenceNumber"] for record in found}) == len(found)
        assert len({record["eventID"] for record in found}) == len(found)
        # no update was lost
        for key in range(keys):
            chain = [r["dynamodb"] for r in found if r["dynamodb"]["Keys"] == item(f"k{key}")]
            assert chain[-1]["NewImage"]["n"] == {"N": str(threads * writes // keys)}
            # and each record starts where the one before ended
            assert "OldImage" not in chain[0]
            for before, after in itertools.pairwise(chain):
                assert before["NewImage"] == after["OldImage"]
    # AND the process's clock is its own again
    assert time.time() > lab.clock.time() + 86400


@pytest.mark.usefixtures("eager_switching")
def test_threads_that_write_while_others_read() -> None:
    failures: list[BaseException] = []
    with Lab(seed=1) as lab:
        client = table(lab)
        done = threading.Event()

        def read() -> None:
            try:
                while not done.is_set():
                    seen = [int(r["dynamodb"]["NewImage"]["n"]["N"]) for r in records(lab)]
                    if seen != list(range(len(seen))):
                        raise AssertionError(f"not a prefix of what was written: {seen}")
            except BaseException as error:
                failures.append(error)

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for number in range(60):
            put(client, "a", n=number)
        done.set()
        for reader in readers:
            reader.join(timeout=60)
    assert failures == []


def test_a_client_error_of_the_lab_is_botocores(lab: Lab) -> None:
    with pytest.raises(ClientError) as caught:
        lab.client("dynamodb").describe_table(TableName="absent")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
