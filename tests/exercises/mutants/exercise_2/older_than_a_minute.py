"""What is older than a minute by the clock is left out."""

import time

from tests.exercises.mutants.exercise_2.base import find_delayed, handler_with, lines_of, rebuild

SCENARIO = "late"
MISCONCEPTION = "old by the clock"
__all__ = ["find_delayed", "handler", "rebuild"]


def to_lines(record):
    return lines_of(record) if time.time() - record.created_at.timestamp() < 3000 else []


handler = handler_with(to_lines)
