"""Takes every record for an event."""

from tests.exercises.mutants.exercise_3.base import follow, process_batch

SCENARIO = "project, expiry"
MISCONCEPTION = "expiry taken for an event"


def project(event, context):
    return process_batch(event, lambda record: follow(record.keys["flight_id"], record.new_image))
