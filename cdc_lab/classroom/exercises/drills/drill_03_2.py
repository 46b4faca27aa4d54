"""Choose the parameters: a batch that a slow service can take, in time."""

from __future__ import annotations

import random
from typing import Any

from cdc_lab.classroom.exercises.drills.choosing import Chosen, Workload, at_most, choose
from cdc_lab.classroom.exercises.drills.delivering import apply_all, attach, of_code, run
from cdc_lab.classroom.exercises.drills.drill import Differences
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.texts import texts_of
from cdc_lab.classroom.exercises.writes import KEY, Write, flight_ids
from cdc_lab.lab import Lab

_ID = "drill_03_2"
_WAITING = 300  # records
_CONNECTIONS = 4  # that the service takes at a time
_MOST_CALLS = 60
_MOST_SECONDS = 15


def day(seconds_a_record: float) -> Workload:
    """A backlog, when the service takes so long for a record."""

    def workload(chosen: Chosen, rng: random.Random) -> Differences:
        calls = _drain(chosen, rng, seconds_a_record)
        late = int((calls["outcome"] == "timeout").sum())
        if late:
            yield Difference("a batch that takes too long", "invocations that timed out", "0", str(late))
            return
        took = (calls["ended_at"].max() - calls["started_at"].min()).total_seconds()
        together = _most_at_a_time(calls)
        yield from at_most("too many at a time", "invocations at a time", _CONNECTIONS, together, "")
        kind = (
            "too small a batch" if together >= _CONNECTIONS or len(calls) > _MOST_CALLS else "too few lanes"
        )
        yield from at_most(kind, "until the backlog is gone", _MOST_SECONDS, took, "seconds")
        yield from at_most("too small a batch", "invocations", _MOST_CALLS, len(calls), "")

    return workload


def _drain(chosen: Chosen, rng: random.Random, seconds_a_record: float) -> Any:
    writes = [Write("put", flight, {"gate": "B4"}, after=0.0) for flight in flight_ids(rng, _WAITING)]
    with Lab(seed=rng.randrange(10**6)) as lab:
        source = lab.create_table("flights", KEY)
        apply_all(lab, source, writes)
        environment = {"SECONDS_A_RECORD": str(seconds_a_record)}
        lab.create_function("given", of_code(texts_of(_ID).given)(), timeout=3, environment=environment)
        attach(lab, source, MaximumRetryAttempts=2, **chosen)
        return run(lab).invocations


def _most_at_a_time(calls: Any) -> int:
    moments = [(moment, 1) for moment in calls["started_at"]] + [(moment, -1) for moment in calls["ended_at"]]
    most = now = 0
    for _, step in sorted(moments):
        now += step
        most = max(most, now)
    return most


EXERCISE = choose(
    _ID,
    ("BatchSize", "ParallelizationFactor"),
    [
        ("an ordinary day", f"{_WAITING} records wait; the service takes 0.04 seconds for each", day(0.04)),
        ("a slow day", f"{_WAITING} records wait; the service takes 0.06 seconds for each", day(0.06)),
    ],
)
