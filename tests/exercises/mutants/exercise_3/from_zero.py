"""Counts versions from 0."""

from tests.exercises.mutants.exercise_3.base import append as right_append

SCENARIO = "append"
MISCONCEPTION = "versions out of step"


def append(flight_id, expected_version, events):
    right_append(flight_id, expected_version - 1, events)
