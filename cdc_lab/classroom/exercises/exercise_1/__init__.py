"""Exercise 1: an audit log from stream events."""

from __future__ import annotations

from cdc_lab.classroom.exercises.exercise import Exercise
from cdc_lab.classroom.exercises.exercise_1.judging import judge
from cdc_lab.classroom.exercises.exercise_1.misconceptions import diagnose
from cdc_lab.classroom.exercises.exercise_1.scenarios import SCENARIOS
from cdc_lab.classroom.exercises.exercise_1.table import Log, prepare

EXERCISE: Exercise[Log] = Exercise("exercise_1", SCENARIOS, prepare=prepare, judge=judge, diagnose=diagnose)
