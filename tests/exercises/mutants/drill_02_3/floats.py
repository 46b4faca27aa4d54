"""Delays as float."""

from cdc_lab.patterns import process_batch
from tests.exercises.mutants.drill_02_3.base import alert, delay

SCENARIO = "a day"
MISCONCEPTION = "numbers rounded"


def one(record):
    if record.event_name == "MODIFY":
        jump = float(delay(record.new_image)) - float(delay(record.old_image))
        if jump > 60:
            alert(record, jump)


def handler(event, context):
    return process_batch(event, one)
