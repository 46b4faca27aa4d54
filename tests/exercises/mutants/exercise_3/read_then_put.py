"""Reads the row and the events, and puts without a condition."""

from tests.exercises.mutants.exercise_3.base import board, fold, history, process_batch

SCENARIO = "project, at once"
MISCONCEPTION = "check, then act"


def show(record):
    if record.event_name != "INSERT":
        return
    flight_id, version = record.keys["flight_id"], record.keys["version"]
    row = board.get_item(Key={"flight_id": flight_id}, ConsistentRead=True).get("Item", {})
    if version > row.get("version", 0):
        told = [e for e in history(flight_id, row.get("version", 0)) if e["version"] <= version]
        board.put_item(Item={**fold(told, row), "flight_id": flight_id, "version": version})


def project(event, context):
    return process_batch(event, show)
