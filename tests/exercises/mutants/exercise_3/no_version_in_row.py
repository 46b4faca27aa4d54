"""The row does not say how far it got."""

from tests.exercises.mutants.exercise_3.base import board, fold, history, process_batch

SCENARIO = "project"
MISCONCEPTION = "row without a version"


def show(record):
    flight_id = record.keys["flight_id"]
    board.put_item(Item={**fold(history(flight_id)), "flight_id": flight_id})


def project(event, context):
    return process_batch(event, show)
