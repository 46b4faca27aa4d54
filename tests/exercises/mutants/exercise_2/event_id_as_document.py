"""A document for each event: every state of a flight is found."""

from tests.exercises.mutants.exercise_2.base import find_delayed, handler_with, lines_of, rebuild

SCENARIO = "plain day"
MISCONCEPTION = "another id"
__all__ = ["find_delayed", "handler", "rebuild"]


def to_lines(record):
    lines = lines_of(record)
    next(iter(lines[0].values()))["_id"] = record.event_id
    return lines


handler = handler_with(to_lines)
