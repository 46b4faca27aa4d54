"""Choose the parameters: where a job that reads the stream by hand goes on, and how often it runs."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from cdc_lab.classroom.exercises.drills.choosing import Chosen, at_most, choose
from cdc_lab.classroom.exercises.drills.delivering import CannotHappen
from cdc_lab.classroom.exercises.drills.drill import Differences
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.writes import KEY
from cdc_lab.lab import Lab

_ID = "drill_01_4"
_TYPES = ("TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "AT_TIMESTAMP")
_DAYS = 4
_LATE = 30  # minutes that a start may be late
_RUNS_A_DAY = 3
_EVERY = 15  # minutes between two writes
_MANY_EMPTY = 40  # pages without a record, after which nothing more is there: a day is crossed in fewer


def four_days(chosen: Chosen, rng: random.Random) -> Differences:
    """The job runs for some days beside a table that changes all the time."""
    kind, hours = _checked(chosen)
    with Lab(seed=rng.randrange(10**6)) as lab:
        job = _Job(lab, kind)
        written = job.live_through(rng, hours)
    lost = written - job.done.keys()
    twice = sum(count - 1 for count in job.done.values())
    if lost:
        why = "only what comes from now on" if kind == "LATEST" else "a day is too long"
        yield Difference(why, f"changes lost, of {len(written)}", "0", str(len(lost)))
    if twice:
        why = "from the start each time" if kind == "TRIM_HORIZON" else "the last one again"
        yield Difference(why, "changes worked on again", "0", str(twice))
    # In four days a run that is not due yet is missing: what the interval comes to counts, too.
    a_day = max(job.runs / _DAYS, 24 / hours)
    yield from at_most("more often than needed", "runs a day", _RUNS_A_DAY, a_day, "on average")


def _checked(chosen: Chosen) -> tuple[str, float]:
    kind, hours = chosen.get("ShardIteratorType"), chosen.get("hours")
    if kind not in _TYPES:
        raise CannotHappen(f"ShardIteratorType={kind!r}: a stream has {', '.join(_TYPES)}")
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 1 <= hours <= 96:
        raise CannotHappen(f"hours={hours!r}: give the hours between two runs, 1 to 96")
    return str(kind), float(hours)


class _Job:
    """Reads a stream now and then, and remembers for each shard the number and the time of the last record.

    Attributes
    ----------
    done : Counter of str
        Event ids, as often as each was worked on.
    runs : int
    """

    def __init__(self, lab: Lab, kind: str) -> None:
        self._lab = lab
        self._kind = kind
        self._last: dict[str, dict[str, Any]] = {}
        self.done: Counter[str] = Counter()
        self.runs = 0

    def live_through(self, rng: random.Random, hours: float) -> set[str]:
        """Let days pass; return the event ids of all that was written while the job went on."""
        table = self._lab.create_table("flights", KEY)
        start = self._lab.clock.now()
        due = [timedelta(hours=hours) * (n + 1) for n in range(int(_DAYS * 24 // hours))]
        # One is early, the next one late: so it is not chance whether a day's interval is too long.
        late = (rng.uniform(0, 1), _LATE - rng.uniform(0, 1))
        runs = [moment + timedelta(minutes=late[n % 2]) for n, moment in enumerate(due)]
        writes = [timedelta(minutes=_EVERY * (n + 1)) for n in range(_DAYS * 24 * 60 // _EVERY)]
        # Right after an early run: what is written there waits the longest for the next.
        writes += [moment + timedelta(minutes=1) for moment in runs[::2]]
        last = max(runs, default=timedelta())
        for moment, is_run in sorted([*((m, True) for m in runs), *((m, False) for m in writes if m < last)]):
            self._lab.clock.advance(start + moment)
            if is_run:
                self._read(table)
            else:
                table.put_item(Item={KEY: f"UA{rng.randint(100, 5999)}", "at": str(moment)})
        return {str(event_id) for event_id in self._lab.trace.records["event_id"]}

    def _read(self, table: Any) -> None:
        self.runs += 1
        for shard in self._lab.shards(table):
            for record in self._new_records(self._lab.stream_arn(table), shard):
                self.done[record["eventID"]] += 1
                self._last[shard["ShardId"]] = record["dynamodb"]

    def _new_records(self, arn: str, shard: dict[str, Any]) -> Iterator[dict[str, Any]]:
        streams = self._lab.client("dynamodbstreams")
        place = {"StreamArn": arn, "ShardId": shard["ShardId"]} | self._place(shard["ShardId"])
        try:
            iterator = streams.get_shard_iterator(**place)["ShardIterator"]
        except ClientError:  # trimmed: what the job remembers is gone, it takes what is left
            place = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
            iterator = streams.get_shard_iterator(**place)["ShardIterator"]
        empty = 0
        while iterator is not None and empty < _MANY_EMPTY:
            page = streams.get_records(ShardIterator=iterator)
            empty = 0 if page["Records"] else empty + 1
            iterator = page.get("NextShardIterator")
            yield from page["Records"]

    def _place(self, shard_id: str) -> dict[str, Any]:
        last = self._last.get(shard_id)
        if self._kind in ("TRIM_HORIZON", "LATEST"):
            return {"ShardIteratorType": self._kind}
        if last is None:  # a shard that it has not met before
            return {"ShardIteratorType": "TRIM_HORIZON"}
        if self._kind == "AT_TIMESTAMP":
            return {"ShardIteratorType": self._kind, "Timestamp": last["ApproximateCreationDateTime"]}
        return {"ShardIteratorType": self._kind, "SequenceNumber": last["SequenceNumber"]}


EXERCISE = choose(
    _ID,
    ("ShardIteratorType", "hours"),
    [("four days", f"a change every {_EVERY} minutes; runs start up to {_LATE} minutes late", four_days)],
)
