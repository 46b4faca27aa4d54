"""The board as it is now, with the flights of then."""

from datetime import datetime

from tests.exercises.mutants.exercise_3.base import flight_ids, fold, history, upcast

SCENARIO = "board_at"
MISCONCEPTION = "the present shown as the past"


def board_at(moment):
    board = {}
    for flight_id in flight_ids():
        told = history(flight_id)
        if datetime.fromisoformat(upcast(told[0])["at"]) <= moment:
            board[flight_id] = fold(told)
    return board
