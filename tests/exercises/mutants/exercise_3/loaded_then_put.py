"""Loads the state, and puts it without a condition."""

from tests.exercises.mutants.exercise_3.base import board, load, process_batch

SCENARIO = "project, at once"
MISCONCEPTION = "check, then act"


def show(record):
    if record.event_name == "INSERT":
        version, state = load(record.keys["flight_id"])
        board.put_item(Item={**state, "flight_id": record.keys["flight_id"], "version": version})


def project(event, context):
    return process_batch(event, show)
