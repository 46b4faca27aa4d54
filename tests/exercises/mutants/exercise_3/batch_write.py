"""A batch write: it knows no conditions."""

from tests.exercises.mutants.exercise_3.base import events as table

SCENARIO = "append, late"
MISCONCEPTION = "last writer wins"


def append(flight_id, expected_version, events):
    with table.batch_writer() as batch:
        for version, event in enumerate(events, start=expected_version + 1):
            batch.put_item(Item={**event, "flight_id": flight_id, "version": version})
