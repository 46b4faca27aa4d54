"""Only what is new is merged into the document: what was removed stays."""

from tests.exercises.mutants.exercise_2.base import as_document, find_delayed, handler_with, lines_of, rebuild

SCENARIO = "plain day"
MISCONCEPTION = "partial update"
__all__ = ["find_delayed", "handler", "rebuild"]


def to_lines(record):
    if record.event_name != "MODIFY":
        return lines_of(record)
    flight = record.keys["flight_id"]
    return [{"update": {"_id": flight}}, {"doc": as_document(record.new_image), "doc_as_upsert": True}]


handler = handler_with(to_lines)
