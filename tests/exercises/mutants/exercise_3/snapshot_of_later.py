"""Begins at the snapshot, whatever moment is asked for."""

from datetime import datetime

from tests.exercises.mutants.exercise_3.base import flight_ids, fold, history, snapshots, upcast

SCENARIO = "snapshot, past"
MISCONCEPTION = "a snapshot from later"


def board_at(moment):
    board = {}
    for flight_id in flight_ids():
        found = snapshots.get_item(Key={"flight_id": flight_id}).get("Item", {"version": 0, "state": {}})
        since = map(upcast, history(flight_id, found["version"]))
        told = [event for event in since if datetime.fromisoformat(event["at"]) <= moment]
        if found["state"] or told:
            board[flight_id] = fold(told, found["state"])
    return board
