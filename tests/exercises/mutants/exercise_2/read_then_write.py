"""The document is read, compared and written: of a deleted one nothing is left to compare with."""

from tests.exercises.mutants.exercise_2.base import (
    INDEX,
    as_document,
    find_delayed,
    handler_with,
    rebuild,
    search,
)

SCENARIO = "late after a delete"
MISCONCEPTION = "no version after a delete"
__all__ = ["find_delayed", "handler", "rebuild"]


def to_lines(record):
    flight, item = record.keys["flight_id"], record.new_image or record.old_image
    known = search.get(index=INDEX, id=flight, ignore=404)
    if known["found"] and known["_source"]["version"] > item["version"]:
        return []
    if record.new_image is None:
        return [{"delete": {"_id": flight}}]
    return [{"index": {"_id": flight}}, as_document(item)]


handler = handler_with(to_lines)
