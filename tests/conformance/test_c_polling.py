"""C10 to C15: polling, batches, order."""

import time
from collections import defaultdict
from datetime import timedelta

from cdc_lab import Faults
from tests.emulator.esm_world import numbers


def test_c10_a_record_waits_for_the_next_of_four_polls_a_second(world):
    # GIVEN an idle mapping, enabled after one second and polling from then on
    w = world()
    w.connect()
    w.settle(5.1)
    # WHEN a record is written between two polls
    w.write(1)
    trace = w.lab.run()
    # THEN it is delivered at the next quarter of a second
    (started,) = trace.invocations["started_at"]
    assert started.isoformat() == "2013-03-08T10:00:05.250000+00:00"


def test_c10_idle_polls_are_counted_not_listed(world):
    w = world()
    uuid = w.connect()
    w.settle(11)
    w.write(1)
    trace = w.lab.run()
    # THEN ten seconds of four polls, and not one row for them
    assert 40 <= trace.polls[uuid] <= 42
    assert len(trace.invocations) == 1


def test_c10_polls_of_an_idle_day(world):
    w = world()
    uuid = w.connect()
    for _ in range(3):
        w.settle(7 * 3600)
    # THEN four a second and shard, however often somebody looked; shards rolled on the way
    trace = w.lab.run()
    assert abs(trace.polls[uuid] - 21 * 3600 * 4) < 60


def test_c11_without_a_window_what_was_read_goes_at_once(world):
    w = world()
    w.connect(BatchSize=100)
    w.settle()
    w.write(1)
    trace = w.lab.run()
    assert w.seen == [[0]]
    assert trace.invocations["iterator_age_ms"].max() <= 250


def test_c11_a_full_batch_does_not_wait_for_the_window(world):
    w = world()
    w.write(4)
    w.connect(BatchSize=4, MaximumBatchingWindowInSeconds=30)
    trace = w.lab.run()
    assert w.seen == [[0, 1, 2, 3]]
    assert trace.invocations["started_at"].iloc[0].isoformat() == "2013-03-08T10:00:01+00:00"


def test_c11_the_window_gathers_a_batch(world):
    # GIVEN a window of ten seconds and records that come one by one
    w = world()
    w.connect(MaximumBatchingWindowInSeconds=10)
    w.settle(30)
    for _ in range(3):
        w.write(1)
        w.settle(2)
    # WHEN the run ends
    w.lab.run()
    # THEN they went together, ten seconds after the first
    assert w.seen == [[0, 1, 2]]
    invocation = w.lab.trace.invocations.iloc[0]
    first = w.lab.trace.records["written_at"].iloc[0]
    assert timedelta(seconds=9.9) < invocation["started_at"] - first <= timedelta(seconds=10.25)


def test_c11_the_next_window_starts_when_the_previous_invocation_completes(world):
    # GIVEN a batch whose invocation takes two seconds
    w = world()
    w.connect(lambda event, context: time.sleep(2), MaximumBatchingWindowInSeconds=10, BatchSize=2)
    w.write(3)
    # WHEN a third record is left over
    trace = w.lab.run()
    # THEN it goes ten seconds after the end of the first invocation
    first, second = trace.invocations.itertuples()
    assert (second.started_at - first.ended_at).total_seconds() == 10.0


def test_c11_six_megabytes_fill_a_batch(world):
    # GIVEN records of 300 kB each, and a window in which forty of them are written
    w = world()
    sizes = []

    def handler(event, context):
        import json

        sizes.append(len(json.dumps(event)))

    w.lab.create_function("big", handler)
    for number in range(40):
        w.table.put_item(Item={"flight_id": f"F{number}", "n": number, "text": "x" * 300_000})
    w.lab.attach("big", w.arn, MaximumBatchingWindowInSeconds=5)
    trace = w.lab.run()
    # THEN no payload exceeds 6 MB, and each batch but the last is as full as it can be
    assert max(sizes) <= 6 * 1024 * 1024
    assert min(sizes[:-1]) > 5_500_000
    assert trace.invocations["records"].sum() == 40


def test_c12_a_batch_never_mixes_shards(world):
    w = world(shards=4)
    w.write(60)
    w.connect(BatchSize=100)
    trace = w.lab.run()
    assert trace.deliveries.groupby("invocation")["shard_id"].nunique().max() == 1
    assert trace.deliveries["shard_id"].nunique() == 4


def test_c13_concurrency_is_at_most_shards_times_parallelization_factor(world):
    # GIVEN two shards, three lanes each, a slow handler
    w = world(shards=2)
    running = [0, 0]

    def slow(event, context):
        running[0] += 1
        running[1] = max(running)
        time.sleep(1)
        running[0] -= 1

    w.write(200)
    w.connect(slow, BatchSize=5, ParallelizationFactor=3)
    w.lab.run()
    # THEN six ran side by side, never more
    assert running[1] == 6


def test_c14_order_holds_per_item_with_ten_lanes(world):
    # GIVEN many changes of few items, and handlers of different durations
    w = world()
    order = defaultdict(list)

    def handler(event, context):
        for record in event["Records"]:
            time.sleep(int(record["eventID"][:2], 16) / 1000)
            order[record["dynamodb"]["Keys"]["flight_id"]["S"]].append(
                int(record["dynamodb"]["NewImage"]["n"]["N"])
            )

    w.write([(f"F{number % 17}", number) for number in range(300)])
    w.lab.create_function("lanes", handler)
    w.lab.attach("lanes", w.arn, BatchSize=7, ParallelizationFactor=10)
    trace = w.lab.run()
    # THEN each item's changes came in order, although lanes ran side by side
    assert {flight: sorted(values) for flight, values in order.items()} == order
    assert sum(map(len, order.values())) == 300
    frame = trace.invocations.sort_values("started_at")
    assert (frame["started_at"].shift(-1) < frame["ended_at"]).any()
    assert trace.deliveries.groupby("keys")["lane"].nunique().max() == 1


def test_c14_and_e5_items_of_one_partition_key_run_side_by_side(world):
    # GIVEN many items under one partition key, and ten lanes
    w = world()
    table = w.lab.create_table("legs", "flight_id", sort_key="leg")
    order = defaultdict(list)

    def handler(event, context):
        for record in event["Records"]:
            time.sleep(int(record["eventID"][:2], 16) / 1000)
            image = record["dynamodb"]["NewImage"]
            order[image["leg"]["S"]].append(int(image["n"]["N"]))

    for number in range(120):
        table.put_item(Item={"flight_id": "UA1545", "leg": str(number % 12), "n": number})
    w.lab.create_function("lanes", handler)
    w.lab.attach("lanes", table, BatchSize=5, ParallelizationFactor=10)
    frame = w.lab.run().deliveries
    # THEN the one partition key is in several lanes, each item in one
    assert frame["lane"].nunique() > 1
    assert frame.groupby("keys")["lane"].nunique().max() == 1
    # AND so order holds per item, and not per partition key
    assert all(values == sorted(values) for values in order.values())
    arrived = frame.sort_values(["delivered_at", "position"])["sequence_number"].map(int).tolist()
    assert arrived != sorted(arrived)


def test_e5_nothing_orders_one_shard_against_another(world):
    # GIVEN a table of four shards, and a function that is slow with the shard of the first item
    w = world(shards=4)
    w.write(40)
    slow = w.lab.read_stream(w.table)[0].sequence_number
    w.connect(
        lambda event, context: time.sleep(
            2 * any(r["dynamodb"]["SequenceNumber"] == str(slow) for r in event["Records"])
        ),
        BatchSize=2,
    )
    frame = w.lab.run().deliveries.sort_values(["delivered_at", "shard_id", "position"])
    # THEN each shard is in order, the table is not
    assert all(
        shard["sequence_number"].map(int).is_monotonic_increasing for _, shard in frame.groupby("shard_id")
    )
    assert not frame["sequence_number"].map(int).is_monotonic_increasing


def test_e6_several_lanes_lose_the_order_between_items_only(world):
    # GIVEN the same changes, delivered in one lane and in ten
    arrived = {}
    for lanes in (1, 10):
        w = world()
        w.write([(f"F{number % 17}", number) for number in range(100)])
        w.connect(
            lambda event, context: time.sleep(len(event["Records"]) / 4),
            BatchSize=4,
            ParallelizationFactor=lanes,
        )
        w.lab.run()
        arrived[lanes] = w.arrived
    # THEN one lane keeps them all in order; ten keep those of an item
    assert arrived[1] == list(range(100))
    assert arrived[10] != arrived[1]
    assert all([n for n in arrived[10] if n % 17 == item] == list(range(item, 100, 17)) for item in range(17))


def test_c15_duplicates_happen_after_a_first_delivery_in_order(world):
    w = world()
    w.write(30)
    w.connect(BatchSize=3)
    trace = w.lab.run(faults=Faults(seed=1, duplicates=0.5))
    frame = trace.deliveries
    firsts = frame[frame["delivery"] == 1]["sequence_number"].map(int).tolist()
    assert firsts == sorted(firsts)
    assert len(firsts) == 30
    assert len(frame) > 30


def test_a2_the_event_is_the_json_of_aws(world):
    # GIVEN an item with a number and binary data
    w = world()
    events = []
    w.lab.create_function("raw", lambda event, context: events.append(event))
    w.table.put_item(Item={"flight_id": "UA1", "n": 101, "raw": b"foobar"})
    w.lab.attach("raw", w.arn)
    w.lab.run()
    # THEN the record is spelt as Lambda spells it (A2, A8, A10 to A12, A15)
    (record,) = events[0]["Records"]
    assert record["eventSourceARN"] == w.arn
    assert record["dynamodb"]["NewImage"]["n"] == {"N": "101"}
    assert record["dynamodb"]["NewImage"]["raw"] == {"B": "Zm9vYmFy"}
    assert record["dynamodb"]["ApproximateCreationDateTime"] == 1362736800.0
    assert isinstance(record["dynamodb"]["ApproximateCreationDateTime"], float)
    assert len(record["dynamodb"]["SequenceNumber"]) >= 21
    assert "userIdentity" not in record


def test_a7_the_event_id_is_the_same_at_every_retry(world):
    w = world()
    ids = []

    def handler(event, context):
        ids.append(event["Records"][0]["eventID"])
        event["Records"].clear()  # the next delivery must be a fresh copy
        if len(ids) < 3:
            raise ValueError("again")

    w.lab.create_function("ids", handler)
    w.write(1)
    w.lab.attach("ids", w.arn)
    w.lab.run()
    assert len(ids) == 3
    assert len(set(ids)) == 1


def test_b19_children_are_read_after_their_parent_is_finished(world):
    # GIVEN a shard whose first record fails for a while, and a split behind it
    w = world()
    failures = iter([True] * 3 + [False] * 1000)

    def answer(event, context):
        if 0 in numbers(event) and next(failures):
            raise ValueError("not yet")

    w.write([("A", 0), ("B", 1)])
    w.connect(answer, BatchSize=1)
    parent = w.lab.shards(w.table)[0]["ShardId"]
    w.lab.split_shard(w.table, parent)
    w.write([(f"C{number}", number) for number in range(2, 12)])
    trace = w.lab.run()
    # THEN nothing of the children came before the parent's last record
    last_of_parent = trace.invocations[trace.invocations["shard_id"] == parent]["ended_at"].max()
    children = trace.invocations[trace.invocations["shard_id"] != parent]
    assert children["started_at"].min() >= last_of_parent
    assert sorted(set(w.arrived)) == list(range(12))
