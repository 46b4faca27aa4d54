"""Exercise 5: the audit log of exercise 1 goes live."""

from __future__ import annotations

from cdc_lab.classroom.exercises.drills.drill import Drill
from cdc_lab.classroom.exercises.exercise_5.production import PARTS, blanks, read, tell
from cdc_lab.classroom.exercises.exercise_5.scenarios import SCENARIOS

EXERCISE = Drill("exercise_5", SCENARIOS, read=read, tell=tell, blanks=blanks, named=PARTS)
