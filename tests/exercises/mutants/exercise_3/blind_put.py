"""Puts, and so replaces what another writer put."""

from tests.exercises.mutants.exercise_3.base import events as table

SCENARIO = "append, late"
MISCONCEPTION = "last writer wins"


def append(flight_id, expected_version, events):
    for version, event in enumerate(events, start=expected_version + 1):
        table.put_item(Item={**event, "flight_id": flight_id, "version": version})
