"""One item for all events of an append."""

from tests.exercises.mutants.exercise_3.base import append as right_append

SCENARIO = "append"
MISCONCEPTION = "half an append"


def append(flight_id, expected_version, events):
    right_append(flight_id, expected_version, [{**events[-1], "all": events}])
