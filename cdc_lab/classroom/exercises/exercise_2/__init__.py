"""Exercise 2: a search index that follows the flights."""

from __future__ import annotations

from cdc_lab.classroom.exercises.exercise import Exercise
from cdc_lab.classroom.exercises.exercise_2.index import Index, prepare
from cdc_lab.classroom.exercises.exercise_2.judging import judge
from cdc_lab.classroom.exercises.exercise_2.misconceptions import diagnose
from cdc_lab.classroom.exercises.exercise_2.scenarios import SCENARIOS
from cdc_lab.classroom.exercises.exercise_2.steps import makes_sense
from cdc_lab.classroom.exercises.steps import Part
from cdc_lab.classroom.search.engine import engine_seconds

EXERCISE: Exercise[Index] = Exercise(
    "exercise_2",
    SCENARIOS,
    prepare=prepare,
    judge=judge,
    diagnose=diagnose,
    parts=(Part("handler"), Part("rebuild", ("table",)), Part("find_delayed", ("text",))),
    makes_sense=makes_sense,
    cpu_seconds=7.5,
    beside=engine_seconds,
)
