"""What is false in Python is left out."""

from tests.exercises.mutants.exercise_2.base import find_delayed, handler_with, lines_of, rebuild

SCENARIO = "values"
MISCONCEPTION = "empty taken for absent"
__all__ = ["find_delayed", "handler", "rebuild"]


def to_lines(record):
    lines = lines_of(record)
    return [lines[0], {name: value for name, value in lines[1].items() if value}] if lines[1:] else lines


handler = handler_with(to_lines)
