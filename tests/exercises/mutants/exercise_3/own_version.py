"""Finds the version itself: what the caller knows plays no part."""

from tests.exercises.mutants.exercise_3.base import append as right_append
from tests.exercises.mutants.exercise_3.base import history

SCENARIO = "append, late"
MISCONCEPTION = "decided on an old state"


def append(flight_id, expected_version, events):
    right_append(flight_id, len(history(flight_id)), events)
