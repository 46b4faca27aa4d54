"""Upcasts what it loads, not what comes by the stream."""

from tests.exercises.mutants.exercise_3.base import follow, process_batch

SCENARIO = "project, old schemas"
MISCONCEPTION = "old events read as new"


def show(record):
    if record.event_name == "INSERT":
        follow(record.keys["flight_id"], {**record.new_image, "schema": 3})


def project(event, context):
    return process_batch(event, show)
