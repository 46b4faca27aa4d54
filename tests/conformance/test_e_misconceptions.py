"""E: claims that are widespread, and what happens instead (those that no test by a C fact shows)."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from cdc_lab import Faults
from tests.emulator.esm_world import numbers, on_failure, poisoned


def test_e4_the_stream_holds_a_record_once_lambda_delivers_it_at_least_once(world):
    w = world()
    w.write(20)
    w.connect(BatchSize=2)
    w.lab.run(faults=Faults(seed=1, duplicates=0.5))
    assert len(w.lab.read_stream(w.table)) == 20
    assert len(w.arrived) > 20


def test_e7_a_processed_set_in_memory_does_not_survive_a_cold_start(world):
    # GIVEN a handler that remembers in a global what it has processed
    w = world()
    namespace = {"effects": w.table.name, "applied": []}
    exec(
        "seen = set()\n"
        "def handler(event, context):\n"
        "    for record in event['Records']:\n"
        "        if record['eventID'] not in seen:\n"
        "            seen.add(record['eventID'])\n"
        "            note(record['eventID'])\n",
        namespace,
    )
    noted = []
    namespace["note"] = noted.append
    w.write(20)
    w.lab.attach(namespace["handler"], w.arn, BatchSize=1, name="memory", cold_starts=0.5)
    w.lab.run(faults=Faults(seed=3, duplicates=0.8))
    # THEN effects were repeated
    assert len(set(noted)) == 20
    assert len(noted) > 20


def test_e7_instances_are_many(world):
    w = world(shards=4)
    w.write(40)
    w.connect(lambda event, context: time.sleep(1))
    trace = w.lab.run()
    starts = trace.invocations["started_at"]
    assert starts.nunique() == 1
    assert len(starts) == 4


def test_e13_progress_resets_the_count(world):
    # GIVEN two retries, and a record that fails in each batch it is the first bad one of
    w = world()
    w.write(4)

    def answer(event, context):
        first = event["Records"][0]["dynamodb"]["SequenceNumber"]
        later = [r["dynamodb"]["SequenceNumber"] for r in event["Records"]]
        number = numbers(event)
        if len(number) > 1:
            return {"batchItemFailures": [{"itemIdentifier": later[1]}]}
        return {"batchItemFailures": [{"itemIdentifier": first}]}

    w.connect(answer, MaximumRetryAttempts=2, FunctionResponseTypes=["ReportBatchItemFailures"])
    w.lab.run()
    # THEN the last record comes six times: in three batches that made progress, and 1 + 2 alone
    assert w.seen == [[0, 1, 2, 3], [1, 2, 3], [2, 3], [3], [3], [3]]


def test_e18_one_transaction_is_not_one_batch(world):
    w = world(shards=4)
    client = w.lab.client("dynamodb")
    client.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "flights", "Item": {"flight_id": {"S": f"F{n}"}, "n": {"N": str(n)}}}}
            for n in range(20)
        ]
    )
    w.connect()
    w.lab.run()
    assert len(w.seen) == 4
    assert sorted(w.arrived) == list(range(20))


def test_e15_a_dead_letter_does_not_hold_the_records(world):
    # GIVEN a record that was given up, with a destination of each kind
    w = world()
    w.lab.client("s3").create_bucket(Bucket="failures")
    url, arn = w.queue()
    w.write([("UA1545", 4711)])
    for name, destination in (("queue", arn), ("bucket", "arn:aws:s3:::failures")):
        w.connect(poisoned(4711), name, MaximumRetryAttempts=0, DestinationConfig=on_failure(destination))
    failures = w.lab.run().failures
    # THEN the queue's message shows nothing of the item, the bucket's object does
    (message,) = w.messages(url)
    assert "4711" not in json.dumps(message)
    (stored,) = w.lab.client("s3").list_objects_v2(Bucket="failures")["Contents"]
    body = w.lab.client("s3").get_object(Bucket="failures", Key=stored["Key"])["Body"].read()
    assert "4711" in json.loads(body)["payload"]
    # AND the trace names the numbers to fetch it by
    assert failures["start_sequence_number"].nunique() == 1
    assert message["DDBStreamBatchInfo"]["startSequenceNumber"] in set(failures["start_sequence_number"])


# ---- the stream itself ---------------------------------------------------------------------------


def test_e9_there_is_no_default_view_type(world):
    # GIVEN a table; WHEN its stream is enabled without a view type
    client = world().lab.client("dynamodb")
    client.update_table(TableName="flights", StreamSpecification={"StreamEnabled": False})
    with pytest.raises(ClientError) as caught:
        client.update_table(TableName="flights", StreamSpecification={"StreamEnabled": True})
    # THEN that is refused (with which words is not established)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert "StreamSpecification" not in client.describe_table(TableName="flights")["Table"]


def test_e10_seven_writes_of_the_same_item_are_one_record(world):
    w = world()
    w.write([("UA1545", 1)] * 7)
    w.connect()
    w.lab.run()
    assert w.seen == [[1]]


def test_e11_a_record_holds_the_whole_item_not_what_changed(world):
    # GIVEN an item of three attributes, one of which changes
    w = world()
    w.table.put_item(Item={"flight_id": "UA1545", "gate": "C1", "n": 1})
    w.table.put_item(Item={"flight_id": "UA1545", "gate": "C1", "n": 2})
    w.connect()
    w.lab.run()
    # THEN both images have all three
    body = w.events[0]["Records"][1]["dynamodb"]
    assert set(body["NewImage"]) == set(body["OldImage"]) == {"flight_id", "gate", "n"}


@pytest.mark.parametrize(
    ("view_type", "images"),
    [("NEW_IMAGE", {"NewImage"}), ("OLD_IMAGE", {"OldImage"}), ("KEYS_ONLY", set())],
)
def test_e12_a_modify_says_neither_what_changed_nor_always_what_was(world, view_type, images):
    # GIVEN a handler that takes MODIFY for a change of the gate
    w = world(stream_view_type=view_type)
    modified = []

    def handler(event, context):
        modified.extend(r["dynamodb"] for r in event["Records"] if r["eventName"] == "MODIFY")

    w.table.put_item(Item={"flight_id": "UA1545", "gate": "C1", "n": 1})
    w.table.put_item(Item={"flight_id": "UA1545", "gate": "C1", "n": 2})
    w.lab.attach(handler, w.arn, name="gates")
    w.lab.run()
    # THEN it is called although the gate stayed, and has both images to compare with no such view type
    (body,) = modified
    assert {name for name in body if name.endswith("Image")} == images


def test_e19_an_expired_item_is_still_there_until_the_sweep(world):
    # GIVEN an item that expires in a minute
    w = world(ttl_attribute="expires")
    expires = int(w.lab.clock.time()) + 60
    w.table.put_item(Item={"flight_id": "UA1545", "n": 1, "expires": expires})
    w.connect()
    # WHEN two minutes have passed
    w.settle(120)
    # THEN it can be read, and nobody was told
    assert "Item" in w.table.get_item(Key={"flight_id": "UA1545"})
    assert [r["eventName"] for event in w.events for r in event["Records"]] == ["INSERT"]
    # AND the sweep that comes later deletes it
    w.lab.expire_ttl()
    w.lab.run()
    assert [r["eventName"] for event in w.events for r in event["Records"]] == ["INSERT", "REMOVE"]


def test_e20_a_reader_of_the_first_shard_misses_those_of_the_others(world):
    # GIVEN a table of four shards, as on-demand tables often are at their start
    w = world(shards=4)
    w.write(40)
    streams = w.lab.client("dynamodbstreams")
    shards = streams.describe_stream(StreamArn=w.arn)["StreamDescription"]["Shards"]
    # WHEN each is read to its end
    found = [len(pages(streams, w.arn, shard["ShardId"], stop_at_empty=False)) for shard in shards]
    # THEN all have records, and only together are they whole
    assert len(found) == 4
    assert all(found)
    assert sum(found) == 40


def test_e21_an_empty_page_is_not_the_end(world):
    # GIVEN a record that was written some hours after the shard began
    w = world()
    w.settle(3 * 3600)
    w.write(1)
    streams = w.lab.client("dynamodbstreams")
    (shard,) = streams.describe_stream(StreamArn=w.arn)["StreamDescription"]["Shards"]
    # THEN a reader that stops at an empty page finds nothing, one that goes on finds it
    assert pages(streams, w.arn, shard["ShardId"], stop_at_empty=True) == []
    assert len(pages(streams, w.arn, shard["ShardId"], stop_at_empty=False)) == 1


def pages(streams, arn, shard_id, stop_at_empty, most=20):
    """The records of a shard, by at most so many calls."""
    here = streams.get_shard_iterator(StreamArn=arn, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON")
    iterator, found = here["ShardIterator"], []
    for _ in range(most):
        page = streams.get_records(ShardIterator=iterator)
        found += page["Records"]
        if stop_at_empty and not page["Records"]:
            break
        iterator = page["NextShardIterator"]
    return found


def test_e22_enabling_a_stream_replays_nothing(world):
    # GIVEN a table that is full before its stream is enabled
    w = world()
    table = w.lab.create_table("airports", "code", stream_view_type=None)
    table.put_item(Item={"code": "JFK", "n": 1})
    w.lab.client("dynamodb").update_table(
        TableName="airports",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    # WHEN something is written afterwards, and a mapping reads from the oldest record on
    table.put_item(Item={"code": "EWR", "n": 2})
    w.lab.attach(w.remembering(), table, name="board")
    w.lab.run()
    # THEN only that arrives
    assert w.seen == [[2]]
