"""The attribute taken for granted."""

from cdc_lab.patterns import process_batch
from tests.exercises.mutants.drill_02_3.base import alert

SCENARIO = "the first delay"
MISCONCEPTION = "absent is not nothing"


def one(record):
    if record.event_name == "MODIFY":
        jump = record.new_image["dep_delay"] - record.old_image["dep_delay"]
        if jump > 60:
            alert(record, jump)


def handler(event, context):
    return process_batch(event, one)
