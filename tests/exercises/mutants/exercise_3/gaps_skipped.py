"""Applies what is newer, also when events between are not there yet."""

from tests.exercises.mutants.exercise_3.base import board, fold, process_batch, put_if

SCENARIO = "project, lanes"
MISCONCEPTION = "order between items"


def show(record):
    if record.event_name != "INSERT":
        return
    image = record.new_image
    row = board.get_item(Key={"flight_id": image["flight_id"]}, ConsistentRead=True).get("Item", {})
    if image["version"] > row.get("version", 0):
        item = {**fold([image], row), "flight_id": image["flight_id"], "version": image["version"]}
        unchanged = "attribute_not_exists(flight_id) OR version = :v"
        if not put_if(board, item, unchanged, v=row.get("version", 0)):
            show(record)


def project(event, context):
    return process_batch(event, show)
