"""Shows flights that were not on the board yet."""

from datetime import datetime

from tests.exercises.mutants.exercise_3.base import flight_ids, fold, history, upcast

SCENARIO = "board_at"
MISCONCEPTION = "flights before their first event"


def board_at(moment):
    return {
        flight_id: fold(
            [e for e in map(upcast, history(flight_id)) if datetime.fromisoformat(e["at"]) <= moment]
        )
        for flight_id in flight_ids()
    }
