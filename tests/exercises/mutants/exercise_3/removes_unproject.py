"""An event that is removed has not happened."""

from tests.exercises.mutants.exercise_3.base import board, process_batch, project_record

SCENARIO = "project, expiry"
MISCONCEPTION = "expiry taken for an event"


def show(record):
    project_record(record)
    if record.event_name == "REMOVE":
        board.delete_item(Key={"flight_id": record.keys["flight_id"]})


def project(event, context):
    return process_batch(event, show)
