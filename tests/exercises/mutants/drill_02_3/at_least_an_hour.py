"""An hour exactly taken for more than an hour."""

from cdc_lab.patterns import process_batch
from tests.exercises.mutants.drill_02_3.base import alert, delay

SCENARIO = "early"
MISCONCEPTION = "growth, not lateness"


def one(record):
    old, new = delay(record.old_image), delay(record.new_image)
    if record.event_name == "MODIFY" and new - old >= 60:
        alert(record, new - old)


def handler(event, context):
    return process_batch(event, one)
