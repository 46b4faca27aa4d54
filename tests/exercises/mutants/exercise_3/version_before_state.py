"""Moves the row's version on, then fills in the state."""

from tests.exercises.mutants.exercise_3.base import board, fold, history, process_batch, put_if

SCENARIO = "project, crash"
MISCONCEPTION = "mark before effect"


def show(record):
    if record.event_name != "INSERT":
        return
    key, version = {"flight_id": record.keys["flight_id"]}, record.keys["version"]
    row = board.get_item(Key=key, ConsistentRead=True).get("Item", {"version": 0})
    if version <= row["version"]:
        return
    not_further = "attribute_not_exists(flight_id) OR version < :v"
    if not put_if(board, {**row, **key, "version": version}, not_further, v=version):
        return
    told = [e for e in history(key["flight_id"]) if e["version"] <= version]
    put_if(board, {**fold(told), **key, "version": version}, "version = :v", v=version)


def project(event, context):
    return process_batch(event, show)
