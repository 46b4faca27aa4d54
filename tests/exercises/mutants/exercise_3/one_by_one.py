"""One conditional put after the other."""

from tests.exercises.mutants.exercise_3.base import append as right_append

SCENARIO = "append, crash"
MISCONCEPTION = "half an append"


def append(flight_id, expected_version, events):
    for number, event in enumerate(events):
        right_append(flight_id, expected_version + number, [event])
