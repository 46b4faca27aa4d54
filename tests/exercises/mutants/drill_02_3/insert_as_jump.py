"""An insert taken for a jump from 0."""

from cdc_lab.patterns import process_batch
from tests.exercises.mutants.drill_02_3.base import alert, delay

SCENARIO = "an insert"
MISCONCEPTION = "an insert is no change"


def one(record):
    jump = delay(record.new_image) - delay(record.old_image)
    if jump > 60:
        alert(record, jump)


def handler(event, context):
    return process_batch(event, one)
