"""Goes by when an event was written down."""

from datetime import datetime

from tests.exercises.mutants.exercise_3.base import flight_ids, fold, history

SCENARIO = "board_at"
MISCONCEPTION = "processing time"


def board_at(moment):
    board = {}
    for flight_id in flight_ids():
        told = [e for e in history(flight_id) if datetime.fromisoformat(e["recorded"]) <= moment]
        if told:
            board[flight_id] = fold(told)
    return board
