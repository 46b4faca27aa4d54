"""A first delay is no jump."""

from cdc_lab.patterns import process_batch
from tests.exercises.mutants.drill_02_3.base import alert, delay

SCENARIO = "the first delay"
MISCONCEPTION = "absent is not nothing"


def one(record):
    if record.event_name == "MODIFY" and "dep_delay" in record.old_image:
        jump = delay(record.new_image) - delay(record.old_image)
        if jump > 60:
            alert(record, jump)


def handler(event, context):
    return process_batch(event, one)
