"""Puts what it read, whatever is there by now."""

from tests.exercises.mutants.exercise_3.base import board, flight_ids, load

SCENARIO = "rebuild, beside the stream"
MISCONCEPTION = "a rebuild that overtakes the stream"


def rebuild():
    for flight_id in flight_ids():
        version, state = load(flight_id)
        board.put_item(Item={**state, "flight_id": flight_id, "version": version})
