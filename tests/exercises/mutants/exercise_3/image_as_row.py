"""The record's image as the row."""

from tests.exercises.mutants.exercise_3.base import board, process_batch

SCENARIO = "project"
MISCONCEPTION = "last event as state"


def show(record):
    if record.event_name == "INSERT":
        image = record.new_image
        row = {**image["data"], "status": image["type"], "version": image["version"]}
        board.put_item(Item={**row, "flight_id": image["flight_id"], "announced": 0})


def project(event, context):
    return process_batch(event, show)
