"""Fix the handler: a count that is right once, and wrong when anything is delivered again."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from cdc_lab.classroom.exercises.common import ANSWER_LOST, CANCELED, REFUSED, THROTTLED
from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.diagnosis import of_a_refusal, of_the_run
from cdc_lab.classroom.exercises.drills.counting import Counts, judge_counts, prepare_counts
from cdc_lab.classroom.exercises.exercise import Exercise, Scenario
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.writes import Write, flight_ids

_ORIGINS = ("EWR", "JFK", "LGA")
_BELIEFS: dict[tuple[str, str], MisconceptionId] = {
    ("duplicates", "more"): "nothing remembered",
    ("other borders", "more"): "batch as identity",
    ("other borders", "fewer"): "batch as identity",
    ("again, cold", "more"): "memory of the environment",
    ("four shards", "fewer"): "one number for many flights",
    ("crash", "more"): "effect before the mark",
    ("crash", "fewer"): "mark before the effect",
}


def truth(run: Run) -> Counter[str]:
    """How many flights were put, by origin."""
    return Counter(str(record.new_image["origin"]) for record in run.records if record.new_image)


def diagnose(run: Run, differences: Sequence[Difference], scenario: str) -> MisconceptionId:
    """Return the id of the misconception."""
    if general := of_the_run(run, differences):
        return general
    if scenario == "refused" and (belief := of_a_refusal(run, [record.event_id for record in run.records])):
        return belief
    beliefs = [_BELIEFS.get((scenario, difference.kind)) for difference in differences]
    return next(filter(None, beliefs), "unexplained")


def _puts(rng: random.Random, count: int) -> list[Write]:
    return [Write("put", flight, {"origin": rng.choice(_ORIGINS)}) for flight in flight_ids(rng, count)]


def _many(rng: random.Random) -> list[Write]:
    return _puts(rng, 7)


def _very_many(rng: random.Random) -> list[Write]:
    return [
        Write("put", flight, {"origin": rng.choice(_ORIGINS)}, after=0.0) for flight in flight_ids(rng, 24)
    ]


def _few(rng: random.Random) -> list[Write]:
    return _puts(rng, 2)


EXERCISE: Exercise[Counts] = Exercise(
    "drill_04_2",
    (
        Scenario("a day", "each record comes once", _many, Conditions(batch_size=3)),
        Scenario("duplicates", "each batch comes twice", _many, Conditions(batch_size=3, duplicates=True)),
        Scenario(
            "other borders",
            "all comes again, cut into other batches",
            _many,
            Conditions(batch_size=3, again_in_batches_of=2),
        ),
        Scenario(
            "again, cold",
            "all comes again, each time to a fresh environment",
            _many,
            Conditions(batch_size=3, again_in_batches_of=3, cold=True),
        ),
        Scenario(
            "four shards", "the flights come on four shards", _very_many, Conditions(batch_size=3, shards=4)
        ),
        Scenario("crash", "the environment dies after an AWS call", _few, each_crash=True),
        Scenario(
            "refused",
            "DynamoDB refuses a call, or its answer is lost",
            _few,
            REFUSED,
            each_refusal=(THROTTLED, CANCELED, ANSWER_LOST),
        ),
    ),
    prepare=prepare_counts("origin", ("processed", "event_id")),
    judge=judge_counts(truth),
    diagnose=diagnose,
)
