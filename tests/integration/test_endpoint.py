"""The event source mapping in real time, over a genuine DynamoDB Local's streams."""

from __future__ import annotations

import itertools
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from cdc_lab import Faults, Lab
from cdc_lab.patterns import StreamRecord, process_with_idempotency

from .dynamodb_local import DynamoDBLocal

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.integration

_NUMBERS = itertools.count(1)
REPORT = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


@pytest.fixture
def lab(dynamodb_local: DynamoDBLocal) -> Iterator[Lab]:
    """A lab whose DynamoDB is DynamoDB Local; the tables made in it are deleted."""
    with Lab(seed=7, backend="endpoint", endpoint_url=dynamodb_local.client.url, allow_remote=True) as opened:
        client = opened.client("dynamodb")
        before = set(client.list_tables()["TableNames"])
        yield opened
        for name in set(client.list_tables()["TableNames"]) - before:
            client.delete_table(TableName=name)


def table(lab: Lab, name: str = "flights", **options: Any) -> Any:
    # A server that DYNAMODB_LOCAL_URL names may hold tables of others.
    return lab.create_table(f"cdc-lab-{name}-{next(_NUMBERS)}", "id", **options)


def connect(lab: Lab, source: Any, handler: Any, name: str = "board", **parameters: Any) -> str:
    uuid: str = lab.attach(handler, source, name=name, **parameters)["UUID"]
    return uuid


def change_at_random(target: Any, rng: random.Random, count: int) -> dict[str, list[Any]]:
    """Make that many changes; gives each item's states in order, None for a deletion."""
    states: dict[str, list[Any]] = defaultdict(list)
    for number in range(count):
        item = f"F{rng.randrange(5)}"
        if states[item] and states[item][-1] is not None and rng.random() < 0.2:
            target.delete_item(Key={"id": item})
            states[item].append(None)
        elif rng.random() < 0.5:
            target.put_item(Item={"id": item, "n": number, "raw": b"\x00\xff"})
            states[item].append(number)
        else:
            target.update_item(
                Key={"id": item}, UpdateExpression="SET n = :n", ExpressionAttributeValues={":n": number}
            )
            states[item].append(number)
    return states


@pytest.mark.parametrize("lanes", [1, 3])
def test_a_history_arrives_whole_and_in_order_per_item(lab: Lab, rng: random.Random, lanes: int) -> None:
    # GIVEN a mapping, half of a history before it and half after its first run
    flights = table(lab)
    arrived: dict[str, list[Any]] = defaultdict(list)

    def handler(event: dict[str, Any], context: Any) -> None:
        for record in map(StreamRecord.from_event, json.loads(json.dumps(event))["Records"]):
            arrived[record.keys["id"]].append(
                None if record.new_image is None else int(record.new_image["n"])
            )

    states = change_at_random(flights, rng, 60)
    connect(lab, flights, handler, BatchSize=7, ParallelizationFactor=lanes)
    first = lab.run()
    assert {item: seen for item, seen in states.items() if seen} == dict(arrived)
    # WHEN it goes on
    flights.put_item(Item={"id": "last", "n": 1})
    second = lab.run()
    # THEN every change arrived once, in order per item, and the trace knows as much
    assert arrived.pop("last") == [1]
    assert arrived == {item: seen for item, seen in states.items() if seen}
    assert (len(first.deliveries), len(second.deliveries)) == (60, 1)
    # AND what a reader of the stream sees is the same
    assert [str(n) for n in first.deliveries["sequence_number"].sort_values()] == sorted(
        record.sequence_number for record in lab.read_stream(flights)
    )[:60]


def test_a_poison_record_is_reported_retried_and_given_up(lab: Lab) -> None:
    # GIVEN ten records, of which the handler reports the seventh
    flights = table(lab)
    for number in range(10):
        flights.put_item(Item={"id": f"F{number}", "n": number})
    queue = lab.client("sqs").create_queue(QueueName="failures")["QueueUrl"]
    seen: list[list[int]] = []

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        records = [StreamRecord.from_event(record) for record in event["Records"]]
        seen.append([int(record.new_image["n"]) for record in records])
        failed = next((record for record in records if record.new_image["n"] == 6), None)
        return {"batchItemFailures": [{"itemIdentifier": failed.sequence_number}] if failed else []}

    connect(
        lab, flights, handler, BatchSize=10, MaximumRetryAttempts=1, BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failures"}},
        **REPORT,
    )  # fmt: skip
    # WHEN the lab runs until nothing is left
    trace = lab.run()
    # THEN what came before it is not repeated (C26), it is isolated by bisecting and tried twice (C18)
    assert seen[0] == list(range(10))
    assert all(min(batch) >= 6 for batch in seen[1:])
    assert sum(batch == [6] for batch in seen) == 2
    assert {number for batch in seen for number in batch} == set(range(10))
    assert list(trace.failures["records"]) == [1]
    # AND the message's number finds it in the stream
    (message,) = lab.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    info = json.loads(message["Body"])["DDBStreamBatchInfo"]
    streams = lab.client("dynamodbstreams")
    iterator = streams.get_shard_iterator(
        StreamArn=info["streamArn"], ShardId=info["shardId"], ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=info["startSequenceNumber"],
    )["ShardIterator"]  # fmt: skip
    found = streams.get_records(ShardIterator=iterator, Limit=1)["Records"]
    assert found[0]["dynamodb"]["NewImage"]["n"] == {"N": "6"}


def test_effects_happen_once_under_duplicates_and_a_crash(lab: Lab) -> None:
    # GIVEN a handler of the patterns that adds up at the endpoint
    flights, totals, processed = (
        table(lab),
        table(lab, "totals", stream_view_type=None),
        lab.create_table(f"cdc-lab-processed-{next(_NUMBERS)}", "event_id", stream_view_type=None),
    )

    def handler(event: dict[str, Any], context: Any) -> None:
        dedup = boto3.resource("dynamodb").Table(processed.name)
        add = {
            "TableName": totals.name, "Key": {"id": "all"}, "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": 1},
        }  # fmt: skip
        for record in event["Records"]:
            process_with_idempotency(record, dedup, [{"Update": add}])

    for number in range(12):
        flights.put_item(Item={"id": f"F{number}"})
    connect(lab, flights, handler, BatchSize=4)
    # WHEN batches come twice, acknowledgements are lost, and the environment dies after a transaction
    trace = lab.run(faults=Faults(seed=3, duplicates=0.6, lost_acks=0.3, crash_after=2))
    # THEN records came more than once, and each counts once
    assert trace.deliveries["delivery"].max() > 1
    assert totals.get_item(Key={"id": "all"})["Item"]["n"] == 12


def test_a_window_and_the_time_limit_of_a_run_are_waited_for(lab: Lab) -> None:
    # GIVEN a batching window of one second over records that are there
    flights = table(lab)
    connect(lab, flights, lambda event, context: None, MaximumBatchingWindowInSeconds=1)
    lab.run()
    for number in range(3):
        flights.put_item(Item={"id": f"F{number}"})
    # WHEN two seconds pass
    before = lab.clock.now()
    trace = lab.run(until=timedelta(seconds=2))
    # THEN so much time has passed, and they came together when the window was over (C11)
    assert timedelta(seconds=2) <= lab.clock.now() - before < timedelta(seconds=4)
    assert list(trace.invocations["records"]) == [3]
    started: datetime = trace.invocations["started_at"].iloc[0]
    assert started - before >= timedelta(seconds=0.9)


def test_a_stream_that_is_switched_off_is_read_to_its_end(lab: Lab) -> None:
    # GIVEN records in a stream that was switched off (B26)
    flights = table(lab)
    flights.put_item(Item={"id": "F1"})
    seen: list[int] = []
    connect(lab, flights, lambda event, context: seen.append(len(event["Records"])))
    lab.client("dynamodb").update_table(TableName=flights.name, StreamSpecification={"StreamEnabled": False})
    # WHEN the lab runs
    lab.run()
    # THEN they are delivered, and the run ends
    assert seen == [1]


def test_a_missing_stream_is_refused_as_lambda_refuses_it(lab: Lab) -> None:
    arn = lab.stream_arn(table(lab)).rsplit("/", 1)[0] + "/2013-03-08T10:00:00.000"
    functions = lab.client("lambda")
    lab.create_function("board", lambda event, context: None)
    with pytest.raises(functions.exceptions.InvalidParameterValueException, match="Stream not found"):  # C3
        functions.create_event_source_mapping(
            FunctionName="board", EventSourceArn=arn, StartingPosition="LATEST"
        )


def test_tests_over_an_endpoint_leave_no_table_behind(
    dynamodb_local: DynamoDBLocal, pytester: pytest.Pytester
) -> None:
    # GIVEN tests whose tables a fixture deletes, the test itself creates, or a client of the test's creates
    pytester.makepyfile(
        f"""
        import boto3, pytest
        from cdc_lab.testing import run_handler, under_faults

        PLACE = dict(backend="endpoint", endpoint_url={dynamodb_local.client.url!r}, allow_remote=True)
        deleted = []

        @pytest.fixture
        def totals(lab):
            made = lab.create_table("cdc-lab-totals", "id", stream_view_type=None)
            yield made
            made.delete()
            deleted.append(lab)

        def handler(event, context):
            totals = boto3.resource("dynamodb").Table("cdc-lab-totals")
            for record in event["Records"]:
                totals.put_item(Item={{"id": record["eventID"]}})

        @under_faults(tries=2, **PLACE)
        def test_under_faults(lab, faults, totals):
            orders = lab.create_table("cdc-lab-orders", "id")
            run_handler(lab, handler, orders, [{{"id": "a"}}], faults=faults)
            assert totals.scan()["Count"] == 1

        def test_the_fixture_was_torn_down_in_each_try():
            assert len(set(map(id, deleted))) >= 4

        @pytest.mark.cdc_lab(**PLACE)
        def test_alone(lab):
            key = {{"AttributeName": "id"}}
            boto3.client("dynamodb").create_table(
                TableName="cdc-lab-mine", BillingMode="PAY_PER_REQUEST",
                KeySchema=[{{**key, "KeyType": "HASH"}}],
                AttributeDefinitions=[{{**key, "AttributeType": "S"}}],
            )
        """
    )
    # WHEN they have run
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=3)
    # THEN nothing is left of them
    left = dynamodb_local.client.call("dynamodb", "ListTables", {})["TableNames"]
    assert not {"cdc-lab-totals", "cdc-lab-orders", "cdc-lab-mine"} & set(left)
