"""E: claims that are widespread, and what happens instead (those that no test by a C fact shows)."""

import time

from cdc_lab import Faults
from tests.emulator.esm_world import numbers, poisoned


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
    w.lab.create_function("memory", namespace["handler"], cold_starts=0.5)
    w.functions.create_event_source_mapping(
        FunctionName="memory", EventSourceArn=w.arn, StartingPosition="TRIM_HORIZON", BatchSize=1
    )
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


def test_e15_the_failure_frame_names_what_the_message_hides(world):
    w = world()
    w.write(3)
    w.connect(poisoned(1), MaximumRetryAttempts=0)
    failures = w.lab.run().failures
    assert failures[["records", "invoke_count", "destination"]].to_numpy().tolist() == [[3, 1, ""]]
