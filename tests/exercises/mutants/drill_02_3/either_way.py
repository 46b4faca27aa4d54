"""A change of more than an hour, up or down."""

from cdc_lab.patterns import process_batch
from tests.exercises.mutants.drill_02_3.base import alert, delay

SCENARIO = "a day"
MISCONCEPTION = "shrunk is not grown"


def one(record):
    old, new = delay(record.old_image), delay(record.new_image)
    if record.event_name == "MODIFY" and abs(new - old) > 60:
        alert(record, abs(new - old))


def handler(event, context):
    return process_batch(event, one)
