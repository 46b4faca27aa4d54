"""Fix the handler: counts by status that only ever grow."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.diagnosis import of_the_run
from cdc_lab.classroom.exercises.drills.counting import Counts, judge_counts, prepare_counts
from cdc_lab.classroom.exercises.exercise import Exercise, Scenario
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.writes import KEY, Write, flight_ids
from cdc_lab.clock import START

# Of what goes wrong first: the scenarios build on each other.
_BELIEFS: dict[str, dict[str, MisconceptionId]] = {
    "scheduled": {"fewer": "the batch for the whole"},
    "a new status": {"more": "counts only grow"},
    "a new gate": {"more": "every record counts"},
    "deleted": {"more": "deletes ignored"},
    "expired": {"more": "expiry left in"},
    "cold": {"more": "memory of the environment", "fewer": "memory of the environment"},
}


def truth(run: Run) -> Counter[str]:
    """How many flights of each status the table holds in the end."""
    status: dict[str, str | None] = {}
    for record in sorted(run.records, key=lambda record: record.sequence):
        status[record.keys[KEY]] = record.new_image["status"] if record.new_image else None
    return Counter(value for value in status.values() if value is not None)


def diagnose(run: Run, differences: Sequence[Difference], scenario: str) -> MisconceptionId:
    """Return the id of the misconception."""
    kinds = {difference.kind for difference in differences}
    beliefs = _BELIEFS[scenario]
    return of_the_run(run, differences) or next(
        (beliefs[kind] for kind in beliefs if kind in kinds), "unexplained"
    )


def _scheduled(rng: random.Random) -> list[Write]:
    return [Write("put", flight, {"status": "scheduled", "gate": "B4"}) for flight in flight_ids(rng, 5)]


def _changed(rng: random.Random) -> list[Write]:
    puts = _scheduled(rng)
    delayed = [Write("update", put.flight_id, {"status": "delayed"}) for put in rng.sample(puts, 3)]
    return [*puts, *delayed, Write("update", delayed[0].flight_id, {"status": "departed"})]


def _moved(rng: random.Random) -> list[Write]:
    puts = _scheduled(rng)[:3]
    gates = [Write("update", rng.choice(puts).flight_id, {"gate": f"C{gate}"}) for gate in (1, 2)]
    return [*puts, *gates, Write("put", puts[0].flight_id, {"status": "scheduled", "gate": "A9"})]


def _deleted(rng: random.Random) -> list[Write]:
    puts = _scheduled(rng)[:4]
    late = Write("update", puts[1].flight_id, {"status": "cancelled"})
    return [*puts, late, *(Write("delete", put.flight_id) for put in puts[:2])]


def _expired(rng: random.Random) -> list[Write]:
    expires_at = int((START + timedelta(hours=rng.randint(1, 3))).timestamp())
    puts = _scheduled(rng)[:2]
    swept = Write("put", "B61", {"status": "scheduled", "gate": "A1", "expires_at": expires_at})
    return [*puts, swept, Write("expire", "B61")]


EXERCISE: Exercise[Counts] = Exercise(
    "drill_04_1",
    (
        Scenario("scheduled", "five flights, two to a batch", _scheduled, Conditions(batch_size=2)),
        Scenario("a new status", "flights are delayed, one departs", _changed),
        Scenario("a new gate", "flights change, and keep their status", _moved),
        Scenario("deleted", "a user deletes two flights", _deleted),
        Scenario("expired", "time to live removes a flight", _expired),
        Scenario(
            "cold",
            "flights change, two records to a batch, and each batch comes to a fresh environment",
            _changed,
            Conditions(batch_size=2, cold=True),
        ),
    ),
    prepare=prepare_counts("status"),
    judge=judge_counts(truth),
    diagnose=diagnose,
)
