"""An exception, for one record or for all."""

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.exercise_3.base import project_record

SCENARIO = "project, unreadable"
MISCONCEPTION = "exception fails the batch"


def project(event, context):
    for record in event["Records"]:
        project_record(StreamRecord.from_event(record))
