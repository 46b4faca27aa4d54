"""Folds the events of the batch, as if there had been none before."""

from cdc_lab.patterns import deserialize
from tests.exercises.mutants.exercise_3.base import board, fold

SCENARIO = "project"
MISCONCEPTION = "batch taken for the history"


def project(event, context):
    by_flight = {}
    for record in event["Records"]:
        image = deserialize(record["dynamodb"]["NewImage"])
        by_flight.setdefault(image["flight_id"], []).append(image)
    for flight_id, told in by_flight.items():
        board.put_item(Item={**fold(told), "flight_id": flight_id, "version": told[-1]["version"]})
