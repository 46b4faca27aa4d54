"""A flight without events is none that it knows of."""

from tests.exercises.mutants.exercise_3.base import fold, history

SCENARIO = "load"
MISCONCEPTION = "a part raises"


def load(flight_id):
    found = history(flight_id)
    return int(found[-1]["version"]), fold(found)
