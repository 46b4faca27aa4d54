"""Random handlers with transactions on several shards, under faults: each record counts once in each sum."""

from __future__ import annotations

from collections import Counter
from typing import Any

import boto3
from botocore.exceptions import ClientError
from hypothesis import given, note
from hypothesis import strategies as st

from cdc_lab import Faults, Lab
from cdc_lab.patterns import StreamRecord, process_batch, process_with_idempotency
from tests.emulator.worlds import world_settings

SOME = world_settings(12)
TRANSACT = "dynamodb.TransactWriteItems"
faulty = st.builds(
    Faults,
    seed=st.integers(0, 99),
    duplicates=st.sampled_from([0.0, 0.3]),
    lost_acks=st.sampled_from([0.0, 0.3]),
    throttles=st.sampled_from([0.0, 0.2]),
    crash_after=st.sampled_from([(), TRANSACT, (TRANSACT, 3, 9), (2, 5, 11)]),
    slow=st.sampled_from([{}, {TRANSACT: 0.05}, {TRANSACT: 1.0}]),
    splits=st.sampled_from([(), (1, 3)]),
    refusals=st.sampled_from([0.0, 0.0, 0.1]),
)
worlds = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 999),
        "shards": st.integers(1, 4),
        "records": st.integers(1, 24),
        "rows": st.integers(1, 3),
        "batch_size": st.integers(1, 8),
        "lanes": st.integers(1, 3),
        "haste": st.sampled_from([1.0, 1.0, 10.0]),
        "effects": st.integers(1, 2),
        "faults": faulty,
    }
)


def row_of(record: StreamRecord, rows: int) -> str:
    return f"row {int(record.keys['pk'][1:]) % rows}"


def add(key: str, count: int = 1) -> dict[str, Any]:
    return {
        "Update": {
            "TableName": "sums",
            "Key": {"pk": key},
            "UpdateExpression": "ADD n :n",
            "ExpressionAttributeValues": {":n": count},
        }
    }


@SOME
@given(worlds)
def test_every_record_is_counted_once_in_every_sum(world: dict[str, Any]) -> None:
    note(repr(world))
    rows, snapshots = world["rows"], []
    # A batch has time enough, unless it meets conflicts: then some of it comes again.
    timeout = 2 + world["haste"] * world["batch_size"] * (0.1 + world["faults"].slow.get(TRANSACT, 0.0))
    with Lab(seed=world["seed"], shards=world["shards"]) as lab:
        client = boto3.client("dynamodb")
        source = lab.create_table("source", "pk")
        sums = lab.create_table("sums", "pk", stream_view_type=None)
        marks = lab.create_table("marks", "pk", stream_view_type=None)
        done = lab.create_table("done", "event_id", stream_view_type=None)
        for number in range(world["records"]):
            source.put_item(Item={"pk": f"k{number}"})

        # GIVEN a function that counts each record in its row and in the total, in one transaction
        def counts(event: Any, context: Any) -> Any:
            def count(record: StreamRecord) -> None:
                entries = [add(row_of(record, rows)), add("total")][: world["effects"]]
                process_with_idempotency(record, done, entries, context=context)

            return process_batch(event, count)

        # AND one that writes the same rows alone: its write is the same at each delivery
        def writes(event: Any, context: Any) -> Any:
            def write(record: StreamRecord) -> None:
                sums.update_item(
                    Key={"pk": row_of(record, rows)},
                    UpdateExpression="SET #key = :true",
                    ExpressionAttributeNames={"#key": record.keys["pk"]},
                    ExpressionAttributeValues={":true": True},
                )
                with marks.batch_writer() as batch:
                    batch.put_item(Item={"pk": record.keys["pk"]})

            return process_batch(event, write)

        # AND one that reads all rows at one moment, where no transaction is under way
        def reads(event: Any, context: Any) -> None:
            names = [*(f"row {number}" for number in range(rows)), "total"]
            gets = [{"Get": {"TableName": "sums", "Key": {"pk": {"S": name}}}} for name in names]
            try:
                answer = client.transact_get_items(TransactItems=gets)
            except ClientError:
                return
            found = [int(one.get("Item", {}).get("n", {"N": "0"})["N"]) for one in answer["Responses"]]
            snapshots.append((sum(found[:-1]), found[-1]))

        for name, handler in (("counts", counts), ("writes", writes), ("reads", reads)):
            lab.create_function(name, handler, timeout=round(timeout))
            lab.attach(
                name,
                source,
                BatchSize=world["batch_size"],
                ParallelizationFactor=world["lanes"],
                FunctionResponseTypes=["ReportBatchItemFailures"] if name != "reads" else [],
            )
        trace = lab.run(faults=world["faults"], max_invocations=5_000)
        # THEN nothing was given up; every record has its row, its mark, and counts once in each sum
        assert trace.failures.empty
        assert done.scan()["Count"] == marks.scan()["Count"] == world["records"]
        found = {item["pk"]: item for item in sums.scan()["Items"]}
        expected = Counter(f"row {number % rows}" for number in range(world["records"]))
        assert {name: int(item["n"]) for name, item in found.items() if name != "total"} == expected
        for number in range(world["records"]):
            assert found[f"row {number % rows}"][f"k{number}"] is True
        if world["effects"] == 2:
            assert int(found["total"]["n"]) == world["records"]
            # THEN whoever read the rows in a transaction saw all of another one's writes, or none
            assert [pair for pair in snapshots if pair[0] != pair[1]] == []
        # THEN no item belongs to a transaction any more
        for item in found.values():
            sums.put_item(Item=item)
