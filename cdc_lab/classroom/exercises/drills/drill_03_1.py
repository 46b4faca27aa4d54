"""Fix the handler: which record failed, and what is done behind it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from cdc_lab.classroom.exercises.common import REFUSED, THROTTLED, given_up
from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.diagnosis import of_a_refusal, of_the_run
from cdc_lab.classroom.exercises.exercise import Exercise, Scenario
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.writes import KEY, Write, flight_ids

Counts = dict[str, int]


def prepare(lab: Any) -> Callable[[], Counts]:
    """Make the fleet: how often each flight was counted."""
    table = lab.create_table("fleet", KEY, stream_view_type=None)

    def collect() -> Counts:
        nonlocal table
        counts = {row[KEY]: int(row["seen"]) for row in table.scan()["Items"]}
        table.delete()
        table = lab.create_table("fleet", KEY, stream_view_type=None)
        return counts

    return collect


def judge(run: Run) -> list[Difference]:
    """Each good record counted once, the bad one given up alone."""
    counts: Counts = run.found
    found = given_up(run)
    good: dict[str, int] = {}
    for record in run.records:
        if record.event_id not in run.poisoned and record.event_id not in run.given_up:
            good[record.keys[KEY]] = good.get(record.keys[KEY], 0) + 1
    for flight, wanted in good.items():
        if (got := counts.get(flight, 0)) != wanted:
            kind = "counted again" if got > wanted else "not counted"
            found.append(Difference(kind, f"{flight} counted", str(wanted), str(got)))
    return found


def diagnose(run: Run, differences: Sequence[Difference], scenario: str) -> MisconceptionId:
    """Return the id of the misconception."""
    general = of_the_run(run, differences)
    if general:
        return general
    if scenario == "refused" and differences[0].kind == "not counted":
        return of_a_refusal(run, [record.event_id for record in run.records]) or "not counted"
    if any(set(call.event_ids) & run.poisoned or run.refused for call in run.errors):
        return "exception fails the batch"
    if scenario == "one is bad, cold":
        return "memory of the environment"
    return "going on after a failure" if differences[0].kind == "counted again" else "not counted"


# ---- scenarios -----------------------------------------------------------------------------------------


def _flights(rng: random.Random, count: int, bad: int | None) -> list[Write]:
    return [
        Write("put", flight, {"tailnum": f"N{rng.randint(10_000, 99_999)}"}, poison=place == bad)
        for place, flight in enumerate(flight_ids(rng, count))
    ]


_BISECT = Conditions(bisect=True)
EXERCISE: Exercise[Counts] = Exercise(
    "drill_03_1",
    (
        Scenario("good records", "five flights, all can be read", lambda rng: _flights(rng, 5, None)),
        Scenario(
            "the last is bad", "nobody can read the batch's last record", lambda rng: _flights(rng, 5, 4)
        ),
        Scenario(
            "one is bad",
            "nobody can read one in the middle; Lambda bisects",
            lambda rng: _flights(rng, 6, rng.randint(2, 3)),
            _BISECT,
        ),
        Scenario(
            "one is bad, cold",
            "the same, and each invocation runs in a fresh environment",
            lambda rng: _flights(rng, 6, rng.randint(2, 3)),
            Conditions(bisect=True, cold=True),
        ),
        Scenario(
            "the first is bad",
            "nobody can read the batch's first record; Lambda bisects",
            lambda rng: _flights(rng, 4, 0),
            _BISECT,
        ),
        Scenario(
            "refused",
            "DynamoDB refuses a call, and Lambda delivers again",
            lambda rng: _flights(rng, 3, None),
            REFUSED,
            each_refusal=(THROTTLED,),  # what was done and its answer lost anybody would count again
        ),
    ),
    prepare=prepare,
    judge=judge,
    diagnose=diagnose,
)
