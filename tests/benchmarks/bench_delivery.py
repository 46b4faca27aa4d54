"""From the stream to the handler: the lab's event source mapping beside moto and a hand-written loop.

Both read the same changes, written before, in batches of 100 to a handler that does nothing. They take turns,
in an order that rotates, moto in a process of its own. Wall time is shown as it was. Targets are judged by
the time that the processor worked, so that other programs do not decide: its median, for growth its minimum.
Ends with 1 when one is missed.
"""

from __future__ import annotations

import gc
import multiprocessing
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from cdc_lab import Lab

ROUNDS = 7
BATCH_SIZE = 100  # what Lambda delivers at once by default (C1)
RECORDS = 20_000
MOTO_RECORDS = 2_000
STORM_RECORDS = 10

RATE = 50_000  # records per second
OVERHEAD = 150e-6  # seconds per invocation
STORM = 1.0  # seconds
GROWTH = 1.5  # how much more a record may cost in a longer stream, or behind a larger table
TRACE_BYTES = 100  # per delivery

Spent = tuple[float, float]
"""Seconds of wall time and of the processor's time."""


def nothing(event: Any, context: Any) -> None:
    """The handler."""


def timed(work: Callable[[], object]) -> Spent:
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def items(count: int, first: int = 0) -> Iterator[dict[str, Any]]:
    return ({"flight_id": f"UA{n}", "origin": "JFK", "delay": n} for n in range(first, first + count))


def write(table: Any, changes: Iterable[dict[str, Any]]) -> None:
    with table.batch_writer() as batch:
        for item in changes:
            batch.put_item(Item=item)


# ---- contenders ----------------------------------------------------------------------------------


class Stream:
    """A lab with changes in a stream; each delivery is a new mapping's, from the oldest record on."""

    def __init__(self, records: int, items_before: int = 0) -> None:
        self.lab = Lab(seed=7)
        self.table = self.lab.create_table("flights", "flight_id", stream_view_type=None)
        write(self.table, items(items_before, first=1_000_000))
        self.table.meta.client.update_table(
            TableName="flights",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        write(self.table, items(records))
        self.arn = self.lab.stream_arn(self.table)
        self.functions = self.lab.client("lambda")

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.lab.close()

    @contextmanager
    def mapped(self, handler: Callable[..., Any], **parameters: Any) -> Iterator[None]:
        self.lab.create_function("bench", handler)
        uuid = self.functions.create_event_source_mapping(
            FunctionName="bench", EventSourceArn=self.arn, StartingPosition="TRIM_HORIZON", **parameters
        )["UUID"]
        yield
        self.functions.delete_event_source_mapping(UUID=uuid)
        self.lab.run()

    def deliver(self, batch_size: int = BATCH_SIZE) -> Spent:
        with self.mapped(nothing, BatchSize=batch_size):
            return timed(self.lab.run)


def moto_and_a_loop(orders: Connection) -> None:
    """Another process: waits for an order, reads the stream to its end, answers what it took."""
    import boto3
    from botocore.config import Config
    from moto import mock_aws

    with mock_aws():
        config = Config(account_id_endpoint_mode="disabled")  # D12
        session = boto3.Session("testing", "testing", region_name="us-east-1")
        table = session.resource("dynamodb", config=config).create_table(
            TableName="flights",
            KeySchema=[{"AttributeName": "flight_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "flight_id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        write(table, items(MOTO_RECORDS))
        streams = session.client("dynamodbstreams", config=config)
        arn = table.latest_stream_arn
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]

        def read() -> None:
            left = MOTO_RECORDS
            iterator = streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            while left:
                page = streams.get_records(ShardIterator=iterator, Limit=BATCH_SIZE)
                nothing({"Records": page["Records"]}, None)
                iterator = page["NextShardIterator"]
                left -= len(page["Records"])

        while orders.recv():
            orders.send(timed(read))


# ---- tables --------------------------------------------------------------------------------------


def show(title: str, unit: str, rows: dict[str, list[Spent]], per: Callable[[float], float]) -> None:
    print(f"{title}\n  {unit:30}{'min':>12}{'median':>12}{'max':>12}")
    for name, rounds in rows.items():
        for clock, values in (("wall", [wall for wall, _ in rounds]), ("cpu", [cpu for _, cpu in rounds])):
            low, middle, high = sorted(f(map(per, values)) for f in (min, statistics.median, max))
            print(f"  {f'{name}, {clock}':30}{low:12,.4g}{middle:12,.4g}{high:12,.4g}")


def cpu(rounds: list[Spent], which: Callable[[Iterable[float]], float] = statistics.median) -> float:
    return which([spent for _, spent in rounds])


def verdict(what: str, value: float, limit: float, at_least: bool = False) -> bool:
    reached = value >= limit if at_least else value <= limit
    sign = ">=" if at_least else "<="
    print(f"  target: {what} {sign} {limit:,.4g}: {'reached' if reached else 'MISSED'} ({value:,.4g})")
    return reached


def rates() -> bool:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    other = context.Process(target=moto_and_a_loop, args=(theirs,), daemon=True)
    other.start()

    def moto() -> Spent:
        ours.send(True)
        spent: Spent = ours.recv()
        return spent

    with Stream(RECORDS) as stream:
        contenders: dict[str, tuple[int, Callable[[], Spent]]] = {
            "cdc_lab": (RECORDS, stream.deliver),
            "moto and a loop": (MOTO_RECORDS, moto),
        }
        names = list(contenders)
        rounds: dict[str, list[Spent]] = {name: [] for name in names}
        for turn in range(ROUNDS):
            for name in names[turn % 2 :] + names[: turn % 2]:
                records, run = contenders[name]
                wall, worked = run()
                rounds[name].append((wall / records, worked / records))
        ours.send(False)
        single = [stream.deliver(batch_size=1) for _ in range(3)]
    other.join()
    show("Stream to handler, batches of 100", "records/s", rounds, lambda spent: 1 / spent)
    reached = verdict("records per cpu second", 1 / cpu(rounds["cdc_lab"]), RATE, at_least=True)
    print(f"  {cpu(rounds['moto and a loop']) / cpu(rounds['cdc_lab']):,.0f} times moto's rate by cpu")
    show("One record per invocation", "microseconds each", {"cdc_lab": single}, lambda s: s / RECORDS * 1e6)
    return reached & verdict("microseconds per invocation", cpu(single) / RECORDS * 1e6, OVERHEAD * 1e6)


def storm() -> bool:
    def poisoned(event: Any, context: Any) -> None:
        raise ValueError("poison")

    rounds = []
    for _ in range(ROUNDS):
        with Stream(STORM_RECORDS) as stream, stream.mapped(poisoned):
            rounds.append(timed(stream.lab.run))
            trace = stream.lab.trace
            assert (trace.failures["condition"] == "ExpiredAtSource").all()
            assert trace.failures["records"].sum() == STORM_RECORDS
            count = len(trace.invocations)
    show(f"A poisoned shard for 24 hours, {count:,} invocations", "seconds", {"cdc_lab": rounds}, float)
    return verdict("cpu seconds", cpu(rounds), STORM)


def growth() -> bool:
    sizes = {
        "5,000 records": (5_000, 0),
        "40,000 records": (40_000, 0),
        "5,000 behind 40,000 items": (5_000, 40_000),
    }
    rounds: dict[str, list[Spent]] = {}
    for name, (records, before) in sizes.items():
        with Stream(records, before) as stream:
            turns = [stream.deliver() for _ in range(ROUNDS)]
        rounds[name] = [(wall / records, worked / records) for wall, worked in turns]
    show("Cost of a record", "microseconds", rounds, lambda spent: spent * 1e6)
    base, longer, larger = (cpu(rounds[name], min) for name in sizes)
    reached = verdict("times the cost in a stream 8 times as long", longer / base, GROWTH)
    return reached & verdict("times the cost behind a table of 40,000 items more", larger / base, GROWTH)


def memory() -> bool:
    records, times = RECORDS // 2, 10
    tracemalloc.start()
    try:
        with Stream(records) as stream:
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            for _ in range(times):
                stream.deliver()
            gc.collect()
            kept = (tracemalloc.get_traced_memory()[0] - before) / (records * times)
    finally:
        tracemalloc.stop()
    print(f"Memory that {records * times:,} deliveries of {records:,} records leave behind")
    return verdict("bytes per delivery", kept, TRACE_BYTES)


def main() -> int:
    return 0 if all([rates(), storm(), growth(), memory()]) else 1


if __name__ == "__main__":
    sys.exit(main())
