"""Deletes the events that the snapshot holds."""

from tests.exercises.mutants.exercise_3.base import events, history
from tests.exercises.mutants.exercise_3.base import snapshot as right_snapshot

SCENARIO = "snapshot, history"
MISCONCEPTION = "history thrown away"


def snapshot(flight_id):
    right_snapshot(flight_id)
    for event in history(flight_id):
        events.delete_item(Key={"flight_id": flight_id, "version": event["version"]})
