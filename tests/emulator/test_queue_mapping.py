"""Functions behind SQS queues: batches, failures, visibility, message groups, dead letters, filters."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cdc_lab import Faults
from tests.emulator.queue_world import QueueWorld, failing

REPORT = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
Make = Callable[..., QueueWorld]


def reporting(*bad: str) -> Callable[[dict[str, Any], Any], Any]:
    """A handler that reports the messages with these bodies."""

    def handler(event: dict[str, Any], context: Any) -> Any:
        failed = [record["messageId"] for record in event["Records"] if record["body"] in bad]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    return handler


# -- events and batches ---------------------------------------------------------------------------


def test_an_event_has_the_form_of_aws(queues: Make) -> None:
    # GIVEN a message with attributes
    w = queues()
    sent = w.sqs.send_message(
        QueueUrl=w.url,
        MessageBody="paid",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "card"}},
    )
    # WHEN it is delivered
    w.connect()
    w.lab.run()
    # THEN the record has every member that AWS's has
    (record,) = w.events[0]["Records"]
    stamp = str(int(w.lab.trace.deliveries["written_at"][0].timestamp() * 1000))
    attributes = record.pop("attributes")
    assert attributes.pop("ApproximateFirstReceiveTimestamp") >= stamp
    assert attributes == {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": stamp,
        "SenderId": attributes["SenderId"],
    }
    assert record.pop("receiptHandle")
    assert record == {
        "messageId": sent["MessageId"],
        "body": "paid",
        "messageAttributes": {
            "kind": {
                "stringValue": "card",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "String",
            }
        },
        "md5OfBody": sent["MD5OfMessageBody"],
        "md5OfMessageAttributes": sent["MD5OfMessageAttributes"],
        "eventSource": "aws:sqs",
        "eventSourceARN": w.arn,
        "awsRegion": "us-east-1",
    }


def test_a_success_deletes_its_messages(queues: Make) -> None:
    w = queues()
    w.send(*map(str, range(25)))
    w.connect()
    w.lab.run()
    assert [len(batch) for batch in w.batches] == [10, 10, 5]
    assert sorted(map(int, w.arrived)) == list(range(25))
    assert w.left() == []


def test_a_batching_window_gathers_more_than_ten(queues: Make) -> None:
    # GIVEN messages that come one by one, and a window of 20 seconds
    w = queues()
    w.connect(BatchSize=100, MaximumBatchingWindowInSeconds=20)
    w.lab.run()
    started = w.lab.clock.now()
    for number in range(30):
        w.send(str(number))
        w.lab.run(until=timedelta(seconds=0.5))
    w.lab.run()
    # THEN one batch goes out, twenty seconds after the first message
    assert [len(batch) for batch in w.batches] == [30]
    (row,) = w.lab.trace.invocations.to_dict("records")
    assert row["started_at"] - started == timedelta(seconds=20)


def test_five_batches_run_at_a_time_and_more_with_each_minute(queues: Make) -> None:
    # GIVEN a backlog and a slow function
    w = queues(VisibilityTimeout="900")
    w.send(*map(str, range(150)))
    w.connect(lambda bodies: time.sleep(50), function={"timeout": 60}, BatchSize=1)
    # WHEN it is worked off THEN five run in the first minute, and far more in the second
    w.lab.run()
    lanes = w.lab.trace.invocations.groupby("started_at")["lane"].count()
    assert lanes.iloc[0] == 5
    assert lanes.max() > 100
    assert len(w.arrived) == 150


def test_the_maximum_concurrency_is_kept(queues: Make) -> None:
    w = queues()
    w.send(*map(str, range(6)))
    uuid = w.connect(lambda bodies: time.sleep(1), BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    w.lab.run()
    assert set(w.lab.trace.invocations["lane"]) == {0, 1}
    described = w.functions.get_event_source_mapping(UUID=uuid)
    assert described["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_a_delayed_message_is_waited_for(queues: Make) -> None:
    # GIVEN a message that nobody can receive for ten minutes
    w = queues()
    w.connect()
    w.lab.run()
    before = w.lab.clock.now()
    w.send("later", DelaySeconds=600)
    # WHEN the lab runs until it is drained THEN the message was delivered, ten minutes later
    w.lab.run()
    assert w.arrived == ["later"]
    assert timedelta(seconds=600) <= w.lab.clock.now() - before < timedelta(seconds=602)


def test_a_message_that_a_cell_received_comes_back(queues: Make) -> None:
    w = queues()
    w.connect()
    w.lab.run()
    w.send("taken")
    w.sqs.receive_message(QueueUrl=w.url, VisibilityTimeout=120)
    w.lab.run()
    assert w.events[0]["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2"


def test_a_function_may_feed_its_own_queue_and_another(queues: Make) -> None:
    # GIVEN a function that passes what it gets to a second queue, which has a function too
    w = queues()
    url, arn = w.queue("second")
    seen: list[str] = []
    w.connect(lambda bodies: [w.sqs.send_message(QueueUrl=url, MessageBody=body) for body in bodies] and None)
    w.lab.create_function("sink", lambda event, _: seen.extend(r["body"] for r in event["Records"]))
    w.functions.create_event_source_mapping(FunctionName="sink", EventSourceArn=arn)
    w.send("a", "b", "c")
    # WHEN the lab drains THEN everything is through both
    w.lab.run()
    assert sorted(seen) == ["a", "b", "c"]


def test_changes_go_through_a_queue_to_a_second_table(queues: Make) -> None:
    # GIVEN a function behind a stream that sends each change on, and one behind the queue that writes it
    w = queues()
    orders = w.lab.create_table("orders", "id")
    copies = w.lab.create_table("copies", "id", stream_view_type=None)

    def publish(event: dict[str, Any], context: Any) -> None:
        for record in event["Records"]:
            w.send(record["dynamodb"]["Keys"]["id"]["S"])

    def copy(event: dict[str, Any], context: Any) -> None:
        for record in event["Records"]:
            copies.put_item(Item={"id": record["body"]})

    w.lab.attach(publish, orders)
    attached = w.lab.attach(copy, w.arn, BatchSize=3)
    assert repr(attached) == "<mapping from orders to copy: Creating>"
    for number in range(10):
        orders.put_item(Item={"id": str(number)})
    # WHEN the lab runs under faults until it is drained
    w.lab.run(faults=Faults(seed=2, duplicates=0.2, throttles=0.2, crash_after=(3, 9)))
    # THEN every change arrived
    assert {item["id"] for item in copies.scan()["Items"]} == set(map(str, range(10)))


# -- failures -------------------------------------------------------------------------------------


def test_a_failed_batch_comes_back_after_the_visibility_timeout(queues: Make) -> None:
    # GIVEN a function that fails the first time
    w = queues(VisibilityTimeout="45")
    failures = iter([True])
    w.send("a", "b")

    def answer(bodies: list[str]) -> None:
        if next(failures, False):
            raise ValueError("not now")

    w.connect(answer)
    # WHEN the lab runs
    w.lab.run()
    # THEN the whole batch comes again when it is visible again, and says so
    first, second = w.lab.trace.invocations.to_dict("records")
    waited = (second["started_at"] - first["started_at"]).total_seconds()
    assert waited == pytest.approx(45, abs=0.01)
    counts = [r["attributes"]["ApproximateReceiveCount"] for r in w.events[1]["Records"]]
    assert counts == ["2", "2"]
    assert [first["outcome"], second["outcome"]] == ["error", "success"]
    assert w.left() == []


def test_what_fails_too_often_goes_to_the_dead_letter_queue(queues: Make) -> None:
    w = queues()
    dead = w.redrive(times=3)
    w.send("good", "bad")
    w.connect(failing("bad"), BatchSize=1)
    w.lab.run()
    assert Counter(w.arrived) == {"good": 1, "bad": 3}
    assert w.left() == []
    assert w.left(dead) == ["bad"]


def test_a_dead_letter_queue_may_have_a_function_too(queues: Make) -> None:
    # GIVEN a function that fails for one message, and one behind the dead-letter queue
    w = queues()
    w.redrive(times=2)
    w.send("good", "bad")
    w.connect(failing("bad"), BatchSize=1)
    seen: list[dict[str, Any]] = []
    dead = w.arn.replace("orders", "dead")
    w.lab.attach(lambda event, _: seen.extend(event["Records"]), dead, name="watch")
    # WHEN the lab drains THEN the second function has got the message that the first gave up
    trace = w.lab.run()
    assert [(record["body"], record["eventSourceARN"]) for record in seen] == [("bad", dead)]
    # AND the trace shows where each delivery came from
    shown = trace.deliveries[["function", "shard_id", "delivery"]].values.tolist()
    assert sorted(shown) == [
        ["watch", "dead", 1],
        ["worker", "orders", 1],
        ["worker", "orders", 1],
        ["worker", "orders", 2],
    ]


def test_only_the_reported_messages_come_back(queues: Make) -> None:
    # GIVEN a function that reports one of three messages
    w = queues()
    dead = w.redrive(times=2)
    w.send("a", "bad", "c")
    handler = reporting("bad")
    seen: list[list[str]] = []

    def remembering(event: dict[str, Any], context: Any) -> Any:
        seen.append([record["body"] for record in event["Records"]])
        return handler(event, context)

    w.lab.create_function("worker", remembering)
    w.functions.create_event_source_mapping(FunctionName="worker", EventSourceArn=w.arn, **REPORT)
    trace = w.lab.run()
    # THEN it alone comes again, and ends among the dead letters
    assert seen == [["a", "bad", "c"], ["bad"]]
    assert w.left(dead) == ["bad"]
    # AND the trace tells which messages were done
    outcomes = trace.deliveries[["position", "outcome"]].values.tolist()
    assert outcomes == [[0, "success"], [1, "partial"], [2, "success"], [0, "partial"]]
    assert trace.invocations["outcome"].tolist() == ["partial", "partial"]


@pytest.mark.parametrize("identifier", ["", None, 123, "unknown"])
def test_a_bad_identifier_fails_the_whole_batch(queues: Make, identifier: Any) -> None:
    w = queues()
    dead = w.redrive(times=1)
    w.send("a", "b")
    w.connect(lambda bodies: {"batchItemFailures": [{"itemIdentifier": identifier}]}, **REPORT)
    trace = w.lab.run()
    assert trace.invocations["outcome"].tolist() == ["error"]
    assert sorted(w.left(dead)) == ["a", "b"]


@pytest.mark.parametrize(
    "answer", [None, {}, [], "done", {"batchItemFailures": []}, {"batchItemFailures": None}]
)
def test_an_answer_that_names_nothing_is_a_success(queues: Make, answer: Any) -> None:
    w = queues()
    w.send("a")
    w.connect(lambda bodies: answer, **REPORT)
    w.lab.run()
    assert w.left() == []
    assert w.arrived == ["a"]


def test_a_report_is_ignored_where_it_is_not_turned_on(queues: Make) -> None:
    w = queues()
    w.send("a")
    w.lab.create_function("worker", reporting("a"))
    w.functions.create_event_source_mapping(FunctionName="worker", EventSourceArn=w.arn)
    w.lab.run()
    assert w.left() == []


def test_a_throttled_batch_is_tried_again_and_not_lost(queues: Make) -> None:
    # GIVEN two queues for one function that may run once at a time
    w = queues()
    w.send(*map(str, range(20)))
    w.connect(lambda bodies: time.sleep(2), function={"reserved_concurrency": 1}, BatchSize=1)
    trace = w.lab.run()
    # THEN some attempts were refused, and every message was processed
    assert "throttled" in set(trace.invocations["outcome"])
    assert sorted(map(int, set(w.arrived))) == list(range(20))
    assert w.left() == []


def test_messages_that_are_filtered_out_are_deleted(queues: Make) -> None:
    # GIVEN a filter of a JSON body
    w = queues()
    w.send(json.dumps({"total": 5}), json.dumps({"total": 500}), "no JSON")
    pattern = json.dumps({"body": {"total": [{"numeric": [">", 100]}]}})
    w.connect(FilterCriteria={"Filters": [{"Pattern": pattern}]}, MetricsConfig={"Metrics": ["EventCount"]})
    trace = w.lab.run()
    # THEN only what matches is delivered, and the rest is gone
    assert w.arrived == ['{"total": 500}']
    assert w.left() == []
    metrics = trace.metrics().set_index("metric")["sum"]
    assert (metrics["PolledEventCount"], metrics["FilteredOutEventCount"]) == (3, 2)
    assert "IteratorAge" not in metrics


def test_a_message_expires_with_its_retention_period(queues: Make) -> None:
    w = queues(MessageRetentionPeriod="3600")
    w.send("bad")
    w.connect(failing("bad"))
    w.lab.run()
    assert len(w.arrived) == 120  # once in each 30 seconds of the hour
    assert w.left() == []


# -- FIFO -----------------------------------------------------------------------------------------


def test_a_failing_group_blocks_itself_and_no_other(queues: Make) -> None:
    # GIVEN two groups, the first of which fails twice
    w = queues(name="orders.fifo")
    w.send_to_group("a", "a1", "a2", "a3")
    w.send_to_group("b", "b1", "b2")
    failures = iter([True, True])

    def answer(bodies: list[str]) -> None:
        if "a1" in bodies and next(failures, False):
            raise ValueError("not now")

    w.connect(answer, BatchSize=1)
    w.lab.run()
    # THEN each group keeps its order, and the second does not wait for the first
    assert [body for body in w.arrived if body[0] == "a"] == ["a1", "a1", "a1", "a2", "a3"]
    assert [body for body in w.arrived if body[0] == "b"] == ["b1", "b2"]
    assert w.arrived.index("b2") < w.arrived.index("a2")
    assert w.left() == []


def test_a_batch_of_a_group_that_fails_comes_again_in_order(queues: Make) -> None:
    w = queues(name="orders.fifo")
    w.send_to_group("a", "1", "2", "3")
    failures = iter([True])

    def answer(bodies: list[str]) -> None:
        if next(failures, False):
            raise ValueError("not now")

    w.connect(answer)
    w.lab.run()
    assert w.batches == [["1", "2", "3"], ["1", "2", "3"]]


def test_one_batch_of_a_group_is_in_flight_at_a_time(queues: Make) -> None:
    w = queues(name="orders.fifo")
    w.send_to_group("a", *map(str, range(6)))
    w.connect(lambda bodies: time.sleep(1), BatchSize=2)
    trace = w.lab.run()
    assert w.batches == [["0", "1"], ["2", "3"], ["4", "5"]]
    ended = trace.invocations["ended_at"].tolist()
    assert all(later >= end for later, end in zip(trace.invocations["started_at"][1:], ended, strict=False))


def test_a_record_of_a_fifo_queue_names_its_group(queues: Make) -> None:
    w = queues(name="orders.fifo")
    w.send_to_group("a", "1")
    w.connect()
    w.lab.run()
    attributes = w.events[0]["Records"][0]["attributes"]
    assert attributes["MessageGroupId"] == "a"
    assert attributes["MessageDeduplicationId"] == "1"
    assert attributes["SequenceNumber"].isdigit()


# -- the mapping's life ---------------------------------------------------------------------------


def test_a_mapping_is_described_updated_disabled_and_deleted(queues: Make) -> None:
    w = queues()
    uuid = w.connect()
    get = w.functions.get_event_source_mapping
    assert get(UUID=uuid)["State"] == "Creating"
    w.lab.run()
    described = get(UUID=uuid)
    assert described["State"] == "Enabled"
    assert (described["BatchSize"], described["MaximumBatchingWindowInSeconds"]) == (10, 0)
    assert described["StateTransitionReason"] == "USER_INITIATED"
    assert "StartingPosition" not in described
    # WHEN it is disabled THEN messages wait
    w.functions.update_event_source_mapping(UUID=uuid, Enabled=False, BatchSize=2)
    w.lab.run()
    w.send("a", "b", "c")
    w.lab.run()
    assert w.arrived == []
    # WHEN it is enabled THEN they come, in the new size
    w.functions.update_event_source_mapping(UUID=uuid, Enabled=True)
    w.lab.run()
    assert [len(batch) for batch in w.batches] == [2, 1]
    # WHEN it is deleted THEN it is gone, and delivers nothing more
    w.functions.delete_event_source_mapping(UUID=uuid)
    w.send("d")
    w.lab.run()
    assert w.functions.list_event_source_mappings(EventSourceArn=w.arn)["EventSourceMappings"] == []
    assert w.left() == ["d"]


def test_a_function_slower_than_the_visibility_timeout_is_refused(queues: Make) -> None:
    w = queues(VisibilityTimeout="30")
    text = "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds"
    with pytest.raises(ClientError, match=text) as refused:
        w.connect(function={"timeout": 60})
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"BatchSize": 11}, "Maximum batch window in seconds must be greater than 0"),
        ({"StartingPosition": "LATEST"}, "StartingPosition is only available for streams"),
        ({"ParallelizationFactor": 2}, "ParallelizationFactor is only available for streams"),
        (
            {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:q"}}},
            "only available",
        ),
        ({"ScalingConfig": {"MaximumConcurrency": 1001}}, "less than or equal to 1000"),
        ({"ProvisionedPollerConfig": {"MinimumPollers": 2}}, "not emulated"),
    ],
)
def test_parameters_that_are_not_for_queues_are_refused(
    queues: Make, parameters: dict[str, Any], text: str
) -> None:
    with pytest.raises(ClientError, match=text):
        queues().connect(**parameters)


def test_a_window_of_a_fifo_queue_is_refused(queues: Make) -> None:
    w = queues(name="orders.fifo")
    with pytest.raises(ClientError, match="Batching window is not supported for FIFO queues"):
        w.connect(MaximumBatchingWindowInSeconds=1)


def test_a_queue_that_is_not_there_and_a_second_mapping_are_refused(queues: Make) -> None:
    w = queues()
    uuid = w.connect()
    with pytest.raises(ClientError, match=r"AWS.SimpleQueueService.NonExistentQueue"):
        w.functions.create_event_source_mapping(FunctionName="worker", EventSourceArn=w.arn + "s")
    with pytest.raises(ClientError, match=uuid) as refused:
        w.functions.create_event_source_mapping(FunctionName="worker", EventSourceArn=w.arn)
    assert refused.value.response["Error"]["Code"] == "ResourceConflictException"


def test_other_sources_are_refused_with_what_there_is(queues: Make) -> None:
    w = queues()
    w.connect()
    for arn in (
        "arn:aws:kinesis:us-east-1:123456789012:stream/clicks",
        "arn:aws:kafka:us-east-1:1:cluster/a/b",
    ):
        with pytest.raises(ClientError, match=r"The lab emulates DynamoDB streams .* and SQS queues"):
            w.functions.create_event_source_mapping(
                FunctionName="worker", EventSourceArn=arn, StartingPosition="LATEST"
            )


def test_the_event_flow_of_a_queue_can_be_drawn(queues: Make) -> None:
    w = queues()
    w.send("a", "b")
    w.connect()
    assert "1 invocations" in repr(w.lab.run())
    assert w.lab.trace.plot() is not None


# -- worlds ---------------------------------------------------------------------------------------


def world(make: Make, seed: int) -> tuple[QueueWorld, list[str], list[str]]:
    """Send messages at random times to a function that fails at random, under faults."""
    rng = random.Random(seed)
    fifo = rng.random() < 0.5
    w = make(seed=seed, name="orders.fifo" if fifo else "orders", VisibilityTimeout="20")
    dead = w.redrive(times=rng.randint(2, 4), fifo=fifo) if rng.random() < 0.7 else None
    done: list[str] = []
    chance = random.Random(seed + 1)

    def handler(event: dict[str, Any], context: Any) -> Any:
        time.sleep(chance.choice([0, 0, 0.2, 2, 5]))
        if chance.random() < 0.15:
            raise ValueError("unlucky")
        failed = []
        for record in event["Records"]:
            if failed or chance.random() < 0.1:
                failed.append({"itemIdentifier": record["messageId"]})
            else:
                done.append(record["body"])
        return {"batchItemFailures": failed}

    w.lab.create_function("worker", handler, reserved_concurrency=rng.choice([None, 2]))
    w.functions.create_event_source_mapping(
        FunctionName="worker", EventSourceArn=w.arn, BatchSize=rng.randint(1, 10), **REPORT
    )
    sent = []
    faults = Faults(seed=seed, duplicates=0.1, lost_acks=0.1, throttles=0.2)
    for number in range(60):
        body = f"{number % 3}-{number}"
        sent.append(body)
        if fifo:
            w.send_to_group(body[0], body)
        else:
            w.send(body, DelaySeconds=rng.choice([0, 0, 7]))
        if rng.random() < 0.3:
            w.lab.run(until=timedelta(seconds=rng.random() * 5), faults=faults)
    w.lab.run(faults=faults)
    letters = w.left(dead) if dead is not None else []
    return w, done, letters


@pytest.mark.parametrize("seed", range(6))
def test_every_message_is_done_or_among_the_dead_letters(queues: Make, seed: int) -> None:
    print(f"seed={seed}")
    w, done, letters = world(queues, seed)
    sent = {f"{number % 3}-{number}" for number in range(60)}
    assert set(done) | set(letters) == sent
    assert w.left() == []
    if w.url.endswith(".fifo"):
        # The first time that each message of a group was done, the messages before it were done or dead.
        for group in "012":
            order = [int(body[2:]) for body in dict.fromkeys(done) if body[0] == group]
            assert order == sorted(order)


@pytest.mark.parametrize("seed", [3, 4])
def test_equal_seeds_give_equal_runs(queues: Make, seed: int) -> None:
    print(f"seed={seed}")
    runs = [world(queues, seed) for _ in range(2)]
    traces = [w.lab._account.recorder.trace().invocations for w, _, _ in runs]
    assert traces[0].equals(traces[1])
    assert runs[0][1:] == runs[1][1:]
