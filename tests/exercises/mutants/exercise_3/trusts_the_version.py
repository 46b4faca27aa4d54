"""Leaves rows alone whose version is the latest."""

from tests.exercises.mutants.exercise_3.base import board, flight_ids, load, put_if

SCENARIO = "rebuild, spoilt row"
MISCONCEPTION = "a rebuild that trusts the board"


def rebuild():
    for flight_id in flight_ids():
        version, state = load(flight_id)
        row = {**state, "flight_id": flight_id, "version": version}
        put_if(board, row, "attribute_not_exists(flight_id) OR version < :now", now=version)
