"""Event time as version: it has whole seconds."""

from tests.exercises.mutants.exercise_2.base import find_delayed, handler_with, lines_of, rebuild

SCENARIO = "one second"
MISCONCEPTION = "seconds as version"
__all__ = ["find_delayed", "handler", "rebuild"]


def to_lines(record):
    lines = lines_of(record)
    next(iter(lines[0].values()))["version"] = int(record.created_at.timestamp())
    return lines


handler = handler_with(to_lines)
