"""Takes what happened before the moment, not at it."""

from datetime import datetime

from tests.exercises.mutants.exercise_3.base import flight_ids, fold, history, upcast

SCENARIO = "board_at"
MISCONCEPTION = "the moment left out"


def board_at(moment):
    board = {}
    for flight_id in flight_ids():
        told = [e for e in map(upcast, history(flight_id)) if datetime.fromisoformat(e["at"]) < moment]
        if told:
            board[flight_id] = fold(told)
    return board
