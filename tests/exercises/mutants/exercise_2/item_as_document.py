"""The item itself as document: the client knows Decimal, but no sets and no bytes."""

from tests.exercises.mutants.exercise_2.base import find_delayed, handler_with, lines_of, rebuild

SCENARIO = "values"
MISCONCEPTION = "not as JSON"
__all__ = ["find_delayed", "handler", "rebuild"]


def to_lines(record):
    lines = lines_of(record)
    return [lines[0], record.new_image] if record.new_image else lines


handler = handler_with(to_lines)
