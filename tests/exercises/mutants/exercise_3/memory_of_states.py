"""Keeps the states in the function's memory."""

from tests.exercises.mutants.exercise_3.base import board, fold, process_batch

SCENARIO = "project, again"
MISCONCEPTION = "memory of the instance"


states = {}


def show(record):
    if record.event_name == "INSERT":
        image = record.new_image
        version, state = states.get(image["flight_id"], (0, {}))
        if image["version"] > version:
            state = fold([image], state)
            states[image["flight_id"]] = (image["version"], state)
            board.put_item(Item={**state, "flight_id": image["flight_id"], "version": image["version"]})


def project(event, context):
    return process_batch(event, show)
