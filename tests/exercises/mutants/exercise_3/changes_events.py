"""Upcasts the events that it was given, in place."""

from tests.exercises.mutants.exercise_3.base import fold as right_fold

SCENARIO = "fold, old schemas"
MISCONCEPTION = "events changed"


def fold(events):
    for event in events:
        if "delay" in event["data"]:
            event["data"]["dep_delay"] = event["data"].pop("delay")
    return right_fold(events)
