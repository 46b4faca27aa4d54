"""A refused write is logged, and that is all."""

from tests.exercises.mutants.exercise_3.base import ConcurrencyError
from tests.exercises.mutants.exercise_3.base import append as right_append

SCENARIO = "append, late"
MISCONCEPTION = "conflict kept quiet"


def append(flight_id, expected_version, events):
    try:
        right_append(flight_id, expected_version, events)
    except ConcurrencyError as error:
        print("somebody was quicker", error)
