"""From the stream to the handler: the lab's event source mapping beside ministack's and hand-written loops.

All read the same changes, written before, in batches of 100 to a handler that does nothing. They take turns,
in an order that rotates, each in a process of its own. A hand-written loop of GetRecords stands for those
that have no mapping that runs Python without containers: plain moto and DynamoDB Local. Targets of the lab's
own are judged by the time that the processor worked, so that other programs do not decide: its median, for
growth its minimum. Ends with 1 when one is missed.
"""

from __future__ import annotations

import gc
import io
import multiprocessing
import resource
import shutil
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cdc_lab import Lab
from tests.benchmarks._side_by_side import Work, flight, judge, measure, median, new_table
from tests.benchmarks._sides import LAB, Clients, Prepare

ROUNDS = 7
BATCH_SIZE = 100  # what Lambda delivers at once by default (C1)
RECORDS = 20_000
OTHERS_RECORDS = 2_000
SERVER_SECONDS = 60.0  # a server delivers a round's records in that time, or not at all
STORM_RECORDS = 10

RATE = 50_000  # records per second
OVERHEAD = 150e-6  # seconds per invocation
STORM = 1.0  # seconds
GROWTH = 1.5  # how much more a record may cost in a longer stream, or behind a larger table
TRACE_BYTES = 100  # per delivery
MEMORY = {100: 1_000_000, 1: 300_000}  # size of a batch, and how many deliveries

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
        uuid = self.lab.attach("bench", self.arn, **parameters)["UUID"]
        yield
        self.functions.delete_event_source_mapping(UUID=uuid)
        self.lab.run()

    def deliver(self, batch_size: int = BATCH_SIZE) -> Spent:
        with self.mapped(nothing, BatchSize=batch_size):
            return timed(self.lab.run)


def changed(clients: Clients, records: int) -> str:
    """A table whose stream holds so many changes; gives the stream's ARN."""
    new_table(clients, "flights")
    put(clients, 0, records)
    arn: str = clients("dynamodb").describe_table(TableName="flights")["Table"]["LatestStreamArn"]
    return arn


def put(clients: Clients, first: int, last: int) -> None:
    """Write the flights of these numbers, the last excluded."""
    for number in range(first, last, 25):
        requests = [{"PutRequest": {"Item": flight(n)}} for n in range(number, min(number + 25, last))]
        clients("dynamodb").batch_write_item(RequestItems={"flights": requests})


def loop(clients: Clients, records: int) -> Callable[[], None]:
    """GetRecords and a call of the handler, until all was seen."""
    streams, arn = clients("dynamodbstreams"), changed(clients, records)
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}

    def run() -> None:
        left, here = records, streams.get_shard_iterator(**start)["ShardIterator"]
        while left:
            page = streams.get_records(ShardIterator=here, Limit=BATCH_SIZE)
            nothing({"Records": page["Records"]}, None)
            here = page.get("NextShardIterator")  # none at the end of a shard that was closed
            left -= len(page["Records"])

    return run


def lab_mapping(clients: Clients, records: int) -> Callable[[], object]:
    """The lab's: a new mapping, created before the time is taken."""
    assert clients.lab is not None
    functions, arn = clients("lambda"), changed(clients, records)
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.delete_event_source_mapping(UUID=mapping["UUID"])
    clients.lab.run()
    clients.lab.attach(nothing, arn, BatchSize=BATCH_SIZE)
    return clients.lab.run


def server_mapping(clients: Clients, records: int) -> Callable[[], None]:
    """A server's: its function notes in a file how many records it saw.

    The mapping is warm and paused while the records are written. Its poller sleeps for up to a second when
    there is nothing to do, and a write wakes it: one comes with the resumption, so that no sleep is measured.
    """
    functions, arn = clients("lambda"), changed(clients, 25)
    seen = Path(tempfile.mkdtemp(prefix="cdc-lab-bench-")) / "seen"
    name = f"bench-{uuid4().hex[:8]}"
    functions.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role="arn:aws:iam::000000000000:role/bench",
        Handler="bench.handler",
        Code={"ZipFile": zipped("bench.py", SEES.format(path=str(seen)))},
    )
    uuid = functions.create_event_source_mapping(
        FunctionName=name, EventSourceArn=arn, StartingPosition="TRIM_HORIZON", BatchSize=BATCH_SIZE
    )["UUID"]
    wait_for(seen, 25)
    functions.update_event_source_mapping(UUID=uuid, Enabled=False)
    put(clients, 25, 25 + records - 1)

    def run() -> None:
        functions.update_event_source_mapping(UUID=uuid, Enabled=True)
        put(clients, 25 + records - 1, 25 + records)
        wait_for(seen, 25 + records)
        functions.delete_event_source_mapping(UUID=uuid)
        shutil.rmtree(seen.parent)

    return run


def wait_for(seen: Path, records: int) -> None:
    """Until a server's function has seen so many."""
    deadline = time.monotonic() + SERVER_SECONDS
    while (found := seen.stat().st_size if seen.exists() else 0) < records:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{found} of {records} records were delivered in {SERVER_SECONDS:.0f} s")
        time.sleep(0.002)


SEES = """
def handler(event, context):
    with open({path!r}, "a") as seen:
        seen.write("x" * len(event["Records"]))
"""


def zipped(name: str, text: str) -> bytes:
    """A deployment package with one file."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr(name, text)
    return body.getvalue()


def delivery(clients: Clients, records: int) -> Callable[[], object]:
    """From the stream to the handler, as the side does it."""
    how: dict[str, Prepare] = {LAB: lab_mapping, "ministack": server_mapping}
    return how.get(clients.side, loop)(clients, records)


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
    """Records per second, beside the others; and the overhead of an invocation."""
    print(f"Stream to handler in batches of {BATCH_SIZE}: records per second, min / median / max of {ROUNDS}")
    work = Work("mapping (moto, Local: a loop)", delivery, units=RECORDS, others=OTHERS_RECORDS, target=1)
    [(_, measured)] = measure([work], ROUNDS)
    reached = judge(work, measured)
    lab = measured[LAB]
    assert not isinstance(lab, str), "the lab's own side ended"
    reached &= verdict("records per cpu second", 1 / median(lab, "cpu"), RATE, at_least=True)
    with Stream(RECORDS) as stream:
        single = [stream.deliver(batch_size=1) for _ in range(3)]
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
    """What a long run leaves in memory, its peak included; each in a process of its own."""
    context = multiprocessing.get_context("spawn")
    reached = True
    for batch_size, deliveries in MEMORY.items():
        ours, theirs = context.Pipe()
        process = context.Process(target=grow, args=(batch_size, deliveries, theirs))
        process.start()
        grown, peak = ours.recv()
        process.join()
        print(
            f"Memory of {deliveries:,} deliveries in batches of {batch_size}: {peak / 2**20:,.0f} MB at most"
        )
        reached &= verdict("bytes more per delivery", grown / deliveries, TRACE_BYTES)
    return reached


def grow(batch_size: int, deliveries: int, answer: Connection) -> None:
    """Deliver the same records again and again; answer with how much memory grew, and its peak, in bytes."""
    records = RECORDS // 2
    with Stream(records) as stream:
        stream.deliver(batch_size)
        gc.collect()
        before = peak_bytes()
        for _ in range(deliveries // records):
            stream.deliver(batch_size)
        answer.send((peak_bytes() - before, peak_bytes()))
        assert sum(len(row.records) for row in stream.lab._account.recorder.invocations) > deliveries


def peak_bytes() -> int:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> int:
    return 0 if all([rates(), storm(), growth(), memory()]) else 1


if __name__ == "__main__":
    sys.exit(main())
