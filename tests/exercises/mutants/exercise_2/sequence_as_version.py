"""The sequence number as version: it is too long for one."""

from tests.exercises.mutants.exercise_2.base import find_delayed, handler_with, lines_of, rebuild

SCENARIO = "plain day"
MISCONCEPTION = "sequence number as version"
__all__ = ["find_delayed", "handler", "rebuild"]


def to_lines(record):
    lines = lines_of(record)
    next(iter(lines[0].values()))["version"] = record.sequence
    return lines


handler = handler_with(to_lines)
