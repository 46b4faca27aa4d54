"""Exercise 3: event sourcing, the board of the storm day as the sum of what happened."""

from __future__ import annotations

from cdc_lab.classroom.exercises.exercise import Exercise
from cdc_lab.classroom.exercises.exercise_3.judging import judge
from cdc_lab.classroom.exercises.exercise_3.misconceptions import diagnose
from cdc_lab.classroom.exercises.exercise_3.scenarios import SCENARIOS
from cdc_lab.classroom.exercises.exercise_3.sense import makes_sense
from cdc_lab.classroom.exercises.exercise_3.story import sample_events
from cdc_lab.classroom.exercises.exercise_3.tables import EVENTS, Found, prepare
from cdc_lab.classroom.exercises.steps import Consumer, Part

__all__ = ["EXERCISE", "sample_events"]

EXERCISE: Exercise[Found] = Exercise(
    "exercise_3",
    SCENARIOS,
    prepare=prepare,
    judge=judge,
    diagnose=diagnose,
    parts=(
        Part("fold", ("events",)),
        Part("append", ("flight_id", "expected_version", "events")),
        Part("load", ("flight_id",)),
        Part("project"),
        Part("rebuild", ()),
        Part("board_at", ("moment",)),
        Part("snapshot", ("flight_id",)),
    ),
    sources=(EVENTS,),
    consumers=(Consumer("project", EVENTS.name),),
    makes_sense=makes_sense,
    cpu_seconds=10.0,
)
