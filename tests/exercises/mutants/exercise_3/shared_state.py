"""A dict as default argument: it is made once, and shared by all calls."""

from tests.exercises.mutants.exercise_3.base import upcast

SCENARIO = "fold"
MISCONCEPTION = "state shared between calls"


def fold(events, state={}):  # noqa: B006 - this is the mistake
    for event in map(upcast, events):
        state.update(event["data"])
        state["status"] = event["type"]
        state["announced"] = state.get("announced", 0) + (event["type"] == "delayed")
    return dict(state)
