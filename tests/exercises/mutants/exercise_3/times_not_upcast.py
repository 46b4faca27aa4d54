"""Compares times before it upcasts."""

from datetime import datetime

from tests.exercises.mutants.exercise_3.base import flight_ids, fold, history

SCENARIO = "board_at, old schemas"
MISCONCEPTION = "old events read as new"


def board_at(moment):
    board = {}
    for flight_id in flight_ids():
        told = [e for e in history(flight_id) if datetime.fromisoformat(e["at"]) <= moment]
        if told:
            board[flight_id] = fold(told)
    return board
