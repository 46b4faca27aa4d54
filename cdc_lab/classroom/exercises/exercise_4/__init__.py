"""Exercise 4, the capstone: a live board of the storm day, its search index, and a log of its changes."""

from __future__ import annotations

from cdc_lab.classroom.exercises.exercise import Exercise
from cdc_lab.classroom.exercises.exercise_2.steps import makes_sense
from cdc_lab.classroom.exercises.exercise_4.judging import judge
from cdc_lab.classroom.exercises.exercise_4.misconceptions import diagnose
from cdc_lab.classroom.exercises.exercise_4.scenarios import SCENARIOS
from cdc_lab.classroom.exercises.exercise_4.tables import BOARD, Left, prepare
from cdc_lab.classroom.exercises.steps import Consumer, Part, Source
from cdc_lab.classroom.search.engine import engine_seconds

EXERCISE: Exercise[Left] = Exercise(
    "exercise_4",
    SCENARIOS,
    prepare=prepare,
    judge=judge,
    diagnose=diagnose,
    parts=(Part("board"), Part("index"), Part("audit")),
    sources=(Source("departures"), Source("arrivals"), Source(BOARD, "origin")),
    consumers=(
        Consumer("board", "departures"),
        Consumer("board", "arrivals"),
        Consumer("index", "departures"),
        Consumer("audit", BOARD),
    ),
    makes_sense=makes_sense,
    cpu_seconds=10.0,
    beside=engine_seconds,
)
