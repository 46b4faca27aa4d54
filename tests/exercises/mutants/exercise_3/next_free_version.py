"""When the version is taken, tries the next."""

from tests.exercises.mutants.exercise_3.base import ConcurrencyError
from tests.exercises.mutants.exercise_3.base import append as right_append

SCENARIO = "append, late"
MISCONCEPTION = "decided on an old state"


def append(flight_id, expected_version, events):
    while True:
        try:
            return right_append(flight_id, expected_version, events)
        except ConcurrencyError:
            expected_version += 1
