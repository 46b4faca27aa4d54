"""Loads from the events alone."""

from tests.exercises.mutants.exercise_3.base import fold, history

SCENARIO = "snapshot, archive"
MISCONCEPTION = "snapshot never read"


def load(flight_id):
    told = history(flight_id)
    return int(told[-1]["version"] if told else 0), fold(told)
