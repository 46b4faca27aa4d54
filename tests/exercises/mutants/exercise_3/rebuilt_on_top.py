"""Folds all events onto the row that is there."""

from tests.exercises.mutants.exercise_3.base import board, flight_ids, fold, history

SCENARIO = "rebuild, spoilt row"
MISCONCEPTION = "rebuilt on top of the old"


def rebuild():
    for flight_id in flight_ids():
        row, told = board.get_item(Key={"flight_id": flight_id}).get("Item", {}), history(flight_id)
        board.put_item(Item={**fold(told, row), "flight_id": flight_id, "version": told[-1]["version"]})
