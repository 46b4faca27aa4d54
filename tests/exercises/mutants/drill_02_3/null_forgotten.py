"""NULL forgotten, absent not."""

from cdc_lab.patterns import process_batch
from tests.exercises.mutants.drill_02_3.base import alert

SCENARIO = "not known"
MISCONCEPTION = "absent is not nothing"


def one(record):
    if record.event_name == "MODIFY":
        jump = record.new_image.get("dep_delay", 0) - record.old_image.get("dep_delay", 0)
        if jump > 60:
            alert(record, jump)


def handler(event, context):
    return process_batch(event, one)
