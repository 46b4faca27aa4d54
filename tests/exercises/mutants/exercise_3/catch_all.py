"""A catch-all that logs and goes on."""

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.exercise_3.base import project_record

SCENARIO = "project, unreadable"
MISCONCEPTION = "failure swallowed"


def project(event, context):
    for record in event["Records"]:
        try:
            project_record(StreamRecord.from_event(record))
        except Exception as error:
            print("skipped", error)
