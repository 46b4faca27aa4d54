"""Folds each record onto the row, however often it comes."""

from tests.exercises.mutants.exercise_3.base import board, fold, process_batch

SCENARIO = "project, duplicates"
MISCONCEPTION = "counted once per delivery"


def add(record):
    if record.event_name == "INSERT":
        row = board.get_item(Key={"flight_id": record.keys["flight_id"]}).get("Item", {})
        version = {"version": record.keys["version"], "flight_id": record.keys["flight_id"]}
        board.put_item(Item={**fold([record.new_image], row), **version})


def project(event, context):
    return process_batch(event, add)
