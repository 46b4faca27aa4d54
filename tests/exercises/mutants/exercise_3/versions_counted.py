"""The number of events there are, taken for the version."""

from tests.exercises.mutants.exercise_3.base import fold, history, snapshots

SCENARIO = "snapshot, archive"
MISCONCEPTION = "versions counted"


def load(flight_id):
    found = snapshots.get_item(Key={"flight_id": flight_id}).get("Item", {"version": 0, "state": {}})
    since = history(flight_id, found["version"])
    return len(history(flight_id)), fold(since, found["state"])
