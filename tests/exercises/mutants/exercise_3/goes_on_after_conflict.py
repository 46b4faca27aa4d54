"""Puts what it can, and says at the end that something was refused."""

from tests.exercises.mutants.exercise_3.base import ConcurrencyError
from tests.exercises.mutants.exercise_3.base import append as right_append

SCENARIO = "append, half known"
MISCONCEPTION = "half an append"


def append(flight_id, expected_version, events):
    refused = 0
    for number, event in enumerate(events):
        try:
            right_append(flight_id, expected_version + number, [event])
        except ConcurrencyError:
            refused += 1
    if refused:
        raise ConcurrencyError(flight_id)
