"""The clock as version: whatever comes last is newest."""

import time

from tests.exercises.mutants.exercise_2.base import find_delayed, handler_with, lines_of, rebuild

SCENARIO = "late record"
MISCONCEPTION = "clock as version"
__all__ = ["find_delayed", "handler", "rebuild"]


def to_lines(record):
    lines = lines_of(record)
    next(iter(lines[0].values()))["version"] = time.time_ns()
    return lines


handler = handler_with(to_lines)
