"""Choose the parameters: a tumbling window, and the row that each window writes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import boto3

from cdc_lab.classroom.exercises.drills.choosing import Chosen, at_most, choose
from cdc_lab.classroom.exercises.drills.delivering import CannotHappen, Handler, attach, run
from cdc_lab.classroom.exercises.drills.drill import Differences
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.writes import KEY
from cdc_lab.lab import Lab

_ID = "drill_04_4"
_ROWS = ("window", "window and shard")
_SHARDS = 2
_HOURS = 2
_EVERY = 20  # seconds between two departures
_OLDEST = 10  # minutes
_WRITES = 8  # an hour and shard
_LATE = 20  # seconds that reading and closing a window may take


def two_hours(chosen: Chosen, rng: random.Random) -> Differences:
    """Departures all the time, counted by window."""
    row = chosen.get("row")
    if row not in _ROWS:
        raise CannotHappen(f"row={row!r}: there is {' and '.join(map(repr, _ROWS))}")
    seconds = chosen.get("TumblingWindowInSeconds", 0)
    with Lab(seed=rng.randrange(10**6)) as lab:
        flights = lab.create_table("flights", KEY, shards=_SHARDS)
        totals = lab.create_table("totals", "row")
        lab.create_function("given", _counting(row))
        attach(lab, flights, TumblingWindowInSeconds=seconds, MaximumRetryAttempts=0)
        departures = _live_through(lab, flights, rng)
        run(lab, until=timedelta(seconds=2 * 900))
        counted = sum(int(item["departed"]) for item in totals.scan()["Items"])
        ages = [_age(record) for record in lab.read_stream(totals) if record.new_image]
    if not ages:
        yield Difference("no window, no state", "departures counted", str(departures), str(counted))
        return
    if counted != departures:
        yield Difference("one row for two shards", "departures in all rows", str(departures), str(counted))
    yield from at_most("shown too late", "age of a row's first departure", _OLDEST, max(ages), "minutes")
    writes = len(ages) / _HOURS / _SHARDS
    yield from at_most("a window too short", "writes an hour and shard", _WRITES, writes, "on average")


def _counting(row: str) -> Any:
    """The handler of the drill's text, writing the row that was chosen."""
    totals = boto3.resource("dynamodb").Table("totals")

    def handler(event: Any, context: Any) -> Any:
        state = event["state"]
        state["departed"] = state.get("departed", 0) + len(event["Records"])
        if event["isFinalInvokeForWindow"]:
            start = event["window"]["start"]
            name = start if row == "window" else f"{start}#{event['shardId']}"
            totals.put_item(Item={"row": name, "start": start, **state})
        return {"state": state}

    made: Handler = handler
    return made


def _live_through(lab: Lab, flights: Any, rng: random.Random) -> int:
    count = _HOURS * 3600 // _EVERY
    for number in range(count):
        lab.clock.advance(timedelta(seconds=_EVERY))
        flights.put_item(Item={KEY: f"UA{number}#{rng.randint(1, 99)}", "status": "departed"})
    return count


def _age(record: Any) -> float:
    """Minutes between the start of a window and its row."""
    start = datetime.fromisoformat(record.new_image["start"].replace("Z", "+00:00"))
    seconds: float = (record.created_at - start).total_seconds()
    return max(0.0, seconds - _LATE) / 60


def names() -> Sequence[str]:
    """What may be chosen."""
    return ("TumblingWindowInSeconds", "row")


EXERCISE = choose(
    _ID,
    names(),
    [("two hours", f"a departure every {_EVERY} seconds, on {_SHARDS} shards", two_hours)],
)
