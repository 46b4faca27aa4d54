"""Remembers the request, which each attempt has anew."""

from cdc_lab.patterns import StreamRecord
from tests.exercises.mutants.drill_04_2.base import add, is_marked, mark

SCENARIO = "duplicates"
MISCONCEPTION = "nothing remembered"


def handler(event, context):
    for place, record in enumerate(map(StreamRecord.from_event, event["Records"])):
        name = f"{context.aws_request_id}-{place}"
        if not is_marked(name):
            add(record)
            mark(name)
