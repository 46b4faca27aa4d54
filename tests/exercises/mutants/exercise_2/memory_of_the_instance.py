"""Events seen before are left out, as long as the environment lives."""

from tests.exercises.mutants.exercise_2.base import as_document, find_delayed, handler_with, rebuild

SCENARIO = "cold start"
MISCONCEPTION = "memory of the instance"
__all__ = ["find_delayed", "handler", "rebuild"]

seen = set()


def to_lines(record):
    flight, item = record.keys["flight_id"], record.new_image
    if record.event_id in seen:
        return []
    seen.add(record.event_id)
    return [{"index": {"_id": flight}}, as_document(item)] if item else [{"delete": {"_id": flight}}]


handler = handler_with(to_lines)
