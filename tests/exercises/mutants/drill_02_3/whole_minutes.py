"""Whole minutes only."""

from cdc_lab.patterns import process_batch
from tests.exercises.mutants.drill_02_3.base import alert, delay

SCENARIO = "half minutes"
MISCONCEPTION = "numbers rounded"


def one(record):
    if record.event_name == "MODIFY":
        jump = int(delay(record.new_image)) - int(delay(record.old_image))
        if jump > 60:
            alert(record, jump)


def handler(event, context):
    return process_batch(event, one)
