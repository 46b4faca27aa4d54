"""D1, D2, D10, D15 to D19: metrics, drain rate, idempotency."""

import time
from datetime import timedelta

import pytest

from cdc_lab import Faults
from tests.emulator.esm_world import on_failure, poisoned

COUNTS = {"MetricsConfig": {"Metrics": ["EventCount"]}}


def sums(trace):
    return trace.metrics().groupby("metric")["sum"].sum().to_dict()


def test_d1_iterator_age_is_that_of_the_last_record_when_it_is_sent(world):
    w = world()
    w.write(1)
    w.settle(10)
    w.write(1)
    w.connect()
    trace = w.lab.run()
    # THEN it counts from the second record: one second until the mapping was enabled
    assert trace.invocations["iterator_age_ms"].tolist() == [1000.0]
    metrics = trace.metrics()
    assert metrics[metrics["metric"] == "IteratorAge"]["maximum"].tolist() == [1000.0]


def test_d1_a_blocked_shard_ages(world):
    w = world()
    w.write(1)
    w.connect(poisoned(0))
    w.settle(3600)
    metrics = w.lab.trace.metrics()
    ages = metrics[metrics["metric"] == "IteratorAge"]["maximum"]
    assert ages.is_monotonic_increasing
    assert ages.max() > 3_500_000


def test_d29_the_metric_of_the_iterator_age_has_no_shard(world):
    # GIVEN a mapping that is held on the first of two shards, while records go on coming to both
    w = world(shards=2)
    w.write(1)
    w.connect(poisoned(0))
    for _ in range(60):
        w.write(8)
        w.settle(60)
    metrics = w.lab.trace.metrics()
    ages = metrics[metrics["metric"] == "IteratorAge"]
    # THEN no column says which shard it is
    assert not [column for column in ages.columns if "shard" in column]
    # AND within one minute the oldest and the youngest batch are far apart
    last = ages.iloc[-1]
    assert last["maximum"] > 3_000_000
    assert last["minimum"] < 60_000


def test_d2_event_counts_are_opt_in(world):
    w = world()
    w.write(3)
    w.connect()
    assert "InvokedEventCount" not in sums(w.lab.run())


def test_d2_event_counts(world):
    # GIVEN two of five records that fail, one retry, and a queue
    w = world()
    _, arn = w.queue()
    w.write(5)
    w.connect(
        poisoned(1, 3), BatchSize=1, MaximumRetryAttempts=1, DestinationConfig=on_failure(arn), **COUNTS
    )
    found = sums(w.lab.run())
    # THEN invoked events count their retries again, and what the queue took is not dropped
    assert found["PolledEventCount"] == 5
    assert found["FilteredOutEventCount"] == 0
    assert found["InvokedEventCount"] == 7
    assert found["FailedInvokeEventCount"] == 4
    assert found["OnFailureDestinationDeliveredEventCount"] == 2
    assert "DroppedEventCount" not in found


def test_d2_without_a_destination_they_are_dropped(world):
    w = world()
    w.write(5)
    w.connect(poisoned(1, 3), BatchSize=1, MaximumRetryAttempts=1, **COUNTS)
    assert sums(w.lab.run())["DroppedEventCount"] == 2


def test_d2_what_expired_at_the_source_is_not_dropped(world):
    w = world()
    w.write(1)
    w.connect(poisoned(0), **COUNTS)
    trace = w.lab.run()
    assert trace.failures["condition"].tolist() == ["ExpiredAtSource"]
    assert "DroppedEventCount" not in sums(trace)


def test_d10_drain_rate_is_batch_size_times_lanes_by_invocation_seconds(world):
    # GIVEN 400 records, batches of 10, two lanes, half a second an invocation
    w = world()
    w.write(400)
    w.connect(lambda event, context: time.sleep(0.5), BatchSize=10, ParallelizationFactor=2)
    trace = w.lab.run()
    # THEN about 40 records a second (lanes are not equally full)
    seconds = (trace.invocations["ended_at"].max() - trace.invocations["started_at"].min()).total_seconds()
    assert 25 < 400 / seconds <= 40


def ledger(w):
    """A sink that counts effects per record."""
    table = w.lab.create_table("effects", "event_id")

    def effect(record):
        table.update_item(
            Key={"event_id": record["eventID"]},
            UpdateExpression="ADD times :one",
            ExpressionAttributeValues={":one": 1},
        )

    return table, effect


def times(table):
    return [int(item["times"]) for item in table.scan()["Items"] if "times" in item]


def put_key(w, keys, record):
    keys.put_item(
        Item={"event_id": record["eventID"]},
        ConditionExpression="attribute_not_exists(event_id)",
    )


def connect_with(w, process):
    def answer(event, context):
        for record in event["Records"]:
            process(record)

    w.write(1)
    w.connect(answer)


def test_d19_and_e8_the_dedup_key_first_loses_the_effect_at_a_crash(world):
    w = world()
    keys = w.lab.create_table("keys", "event_id")
    table, effect = ledger(w)

    def process(record):
        try:
            put_key(w, keys, record)
        except keys.meta.client.exceptions.ConditionalCheckFailedException:
            return
        effect(record)

    connect_with(w, process)
    w.lab.run(faults=Faults(crash_after=1))
    assert times(table) == []


def test_d19_the_effect_first_repeats_it_at_a_crash(world):
    w = world()
    keys = w.lab.create_table("keys", "event_id")
    table, effect = ledger(w)

    def process(record):
        if "Item" in keys.get_item(Key={"event_id": record["eventID"]}):
            return
        effect(record)
        put_key(w, keys, record)

    connect_with(w, process)
    w.lab.run(faults=Faults(crash_after=2))
    assert times(table) == [2]


def test_d19_key_and_effect_in_one_transaction_survive_every_crash(world):
    for step in range(1, 4):
        w = world()
        w.lab.create_table("keys", "event_id")
        table, _ = ledger(w)
        client = w.lab.client("dynamodb")

        def process(record, client=client):
            key = {"event_id": {"S": record["eventID"]}}
            try:
                client.transact_write_items(
                    TransactItems=[
                        {
                            "Put": {
                                "TableName": "keys",
                                "Item": key,
                                "ConditionExpression": "attribute_not_exists(event_id)",
                            }
                        },
                        {
                            "Update": {
                                "TableName": "effects",
                                "Key": key,
                                "UpdateExpression": "ADD times :one",
                                "ExpressionAttributeValues": {":one": {"N": "1"}},
                            }
                        },
                    ]
                )
            except client.exceptions.TransactionCanceledException:
                return

        connect_with(w, process)
        w.lab.run(faults=Faults(crash_after=step))
        assert times(table) == [1]


def powertools_handler(w, expires_after_seconds=None, register=True):
    from aws_lambda_powertools.utilities.idempotency import (
        DynamoDBPersistenceLayer,
        IdempotencyConfig,
        idempotent_function,
    )

    w.lab.create_table("idempotency", "id")
    options = {} if expires_after_seconds is None else {"expires_after_seconds": expires_after_seconds}
    config = IdempotencyConfig(event_key_jmespath="eventID", **options)
    store = DynamoDBPersistenceLayer(table_name="idempotency", boto3_client=w.lab.client("dynamodb"))
    effects = []

    @idempotent_function(data_keyword_argument="record", config=config, persistence_store=store)
    def process(record):
        effects.append(record["eventID"])
        time.sleep(w.nap())

    def answer(event, context):
        if register:
            config.register_lambda_context(context)
        for record in event["Records"]:
            process(record=record)
        if len(w.seen) < w.failures:
            raise ValueError("after the effect")

    w.nap = lambda: 0
    w.failures = 0
    return answer, effects


def test_d16_an_idempotency_record_of_an_hour_is_shorter_than_a_days_retries(world):
    # GIVEN Powertools' default expiry, and a batch that is retried for more than an hour
    w = world()
    answer, effects = powertools_handler(w)
    w.write(1)
    w.connect(answer)
    w.failures = 10_000
    w.settle(2 * 3600)
    assert len(effects) == 2


def test_d16_a_day_of_expiry_covers_the_retries(world):
    w = world()
    answer, effects = powertools_handler(w, expires_after_seconds=86_400)
    w.write(1)
    w.connect(answer)
    w.failures = 10_000
    w.lab.run()
    assert len(effects) == 1


@pytest.mark.filterwarnings("ignore:Couldn't determine the remaining time")
@pytest.mark.parametrize("registers", [False, True])
def test_d17_without_the_context_a_timeout_blocks_the_retries(world, registers):
    # GIVEN a first invocation that times out in the middle
    w = world()
    answer, effects = powertools_handler(w, register=registers)
    naps = iter([60.0])
    w.nap = lambda: next(naps, 0)
    w.write(1)
    w.connect(answer)
    w.lab.run(until=timedelta(minutes=10))
    later = w.lab.trace.invocations["error"].iloc[1:]
    # THEN the INPROGRESS row blocks, unless Powertools knew when the invocation must have ended
    blocked = later.str.startswith("IdempotencyAlreadyInProgressError")
    assert (blocked.all(), len(effects)) == ((False, 2) if registers else (True, 1))
