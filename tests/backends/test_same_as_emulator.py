"""One event source mapping, two ways to read a shard: random worlds go alike on both."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from cdc_lab import Lab

from .wall import RemoteWorld

WORLDS = 12

Story = dict[tuple[int, int], list[tuple[Any, ...]]]


def parameters_of(rng: random.Random) -> dict[str, Any]:
    """Parameters of a mapping at which things can go wrong."""
    parameters: dict[str, Any] = {
        "BatchSize": rng.choice([1, 3, 10]),
        "MaximumRetryAttempts": rng.randint(0, 2),
        "BisectBatchOnFunctionError": rng.random() < 0.5,
        "ParallelizationFactor": rng.choice([1, 1, 3]),
    }
    if rng.random() < 0.5:
        parameters["FunctionResponseTypes"] = ["ReportBatchItemFailures"]
    if rng.random() < 0.4:
        pattern = {"dynamodb": {"NewImage": {"n": {"N": [{"anything-but": ["3"]}]}}}}
        parameters["FilterCriteria"] = {"Filters": [{"Pattern": json.dumps(pattern)}]}
    return parameters


def failing(rng: random.Random, parameters: dict[str, Any]) -> Any:
    """A handler that fails, or reports, for some numbers; what it does follows from its event alone."""
    bad = {str(rng.randrange(30)) for _ in range(rng.randint(0, 4))}
    reports = "FunctionResponseTypes" in parameters

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        for record in event["Records"]:
            if record["dynamodb"]["NewImage"]["n"]["N"] in bad:
                if not reports:
                    raise ValueError("no")
                return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
        return {"batchItemFailures": []}

    return handler


def story(trace: Any, shard_ids: list[str]) -> Story:
    """What happened in each lane of each shard, in order; and, as lane -1, what was given up."""
    shards = {shard: number for number, shard in enumerate(sorted(shard_ids))}
    found: Story = {}
    keys = trace.deliveries.groupby("invocation")["keys"].agg(tuple).to_dict()
    for row in trace.invocations.itertuples():
        told = (row.attempt, keys[row.invocation], row.outcome)
        found.setdefault((shards[row.shard_id], row.lane), []).append(told)
    for row in trace.failures.itertuples():
        told = (row.condition, row.records, row.invoke_count, row.start_sequence_number)
        found.setdefault((shards[row.shard_id], -1), []).append(told)
    return found


@pytest.mark.parametrize("number", range(WORLDS))
def test_a_world_goes_alike_on_both(seed: int, number: int) -> None:
    rng = random.Random(f"{seed}:{number}")
    parameters = parameters_of(rng)
    handler = failing(rng, parameters)
    print(parameters)
    # GIVEN a stream on the emulator, and what a mapping does with it
    with Lab(seed=number, shards=rng.choice([1, 2])) as lab:
        table = lab.create_table("flights", "flight_id")
        for n in range(30):
            table.put_item(Item={"flight_id": f"F{rng.randrange(8)}", "n": n})
        lab.attach(handler, table, name="board", **parameters)
        ids = sorted(shard["ShardId"] for shard in lab.shards(table))
        expected = story(lab.run(), ids)
        streams, arn = lab.client("dynamodbstreams"), lab.stream_arn(table)
        pages = []
        for shard_id in ids:
            iterator = streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            pages.append(streams.get_records(ShardIterator=iterator)["Records"])
    # WHEN the same records come from a service, read by GetRecords
    world = RemoteWorld()
    try:
        for place, records in enumerate(pages, 1):
            world.streams.shard(place).entries = [(0.0, record) for record in records]
        world.account.functions.create_function("board", handler)
        world.functions.create_event_source_mapping(
            FunctionName="board", EventSourceArn=world.arn, StartingPosition="TRIM_HORIZON", **parameters
        )
        got = story(world.run(), [shard.shard_id for shard in world.streams.shards])
    finally:
        world.account.close()
    # THEN every lane did the same
    assert got == expected
