"""REMOVE ignored: the flight stays to be found."""

from tests.exercises.mutants.exercise_2.base import find_delayed, handler_with, lines_of, rebuild

SCENARIO = "removals"
MISCONCEPTION = "removes ignored"
__all__ = ["find_delayed", "handler", "rebuild"]


def to_lines(record):
    return lines_of(record) if record.new_image else []


handler = handler_with(to_lines)
