"""Takes an event without a schema for one of the latest."""

from tests.exercises.mutants.exercise_3.base import fold as right_fold

SCENARIO = "fold, old schemas"
MISCONCEPTION = "old events read as new"


def fold(events):
    return right_fold([{"schema": 3, **event} for event in events])
