"""Where there is a snapshot, it is the state."""

from tests.exercises.mutants.exercise_3.base import load as right_load
from tests.exercises.mutants.exercise_3.base import snapshots

SCENARIO = "snapshot"
MISCONCEPTION = "snapshot taken for the present"


def load(flight_id):
    found = snapshots.get_item(Key={"flight_id": flight_id}).get("Item")
    return (int(found["version"]), found["state"]) if found else right_load(flight_id)
