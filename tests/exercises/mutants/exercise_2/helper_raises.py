"""The bulk helper of opensearch-py, which raises on any conflict."""

from opensearchpy import helpers

from tests.exercises.mutants.exercise_2.base import (
    INDEX,
    StreamRecord,
    find_delayed,
    lines_of,
    rebuild,
    search,
)

SCENARIO = "other borders"
MISCONCEPTION = "conflict taken for a failure"
__all__ = ["find_delayed", "handler", "rebuild"]


def handler(event, context):
    def actions():
        for record in map(StreamRecord.from_event, event["Records"]):
            (meta, *document) = lines_of(record)
            ((operation, options),) = meta.items()
            source = {"_source": document[0]} if document else {}
            yield {"_op_type": operation, "_index": INDEX, **options, **source}

    helpers.bulk(search, actions())
