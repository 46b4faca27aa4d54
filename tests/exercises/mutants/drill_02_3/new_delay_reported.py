"""The new delay, instead of the jump."""

from cdc_lab.patterns import process_batch
from tests.exercises.mutants.drill_02_3.base import alert, delay

SCENARIO = "a day"
MISCONCEPTION = "other minutes"


def one(record):
    if record.event_name == "MODIFY" and delay(record.new_image) - delay(record.old_image) > 60:
        alert(record, delay(record.new_image))


def handler(event, context):
    return process_batch(event, one)
