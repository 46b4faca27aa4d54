"""A removal without a version removes what has come since."""

from tests.exercises.mutants.exercise_2.base import find_delayed, handler_with, lines_of, rebuild

SCENARIO = "late delete"
MISCONCEPTION = "delete without a version"
__all__ = ["find_delayed", "handler", "rebuild"]


def to_lines(record):
    return lines_of(record) if record.new_image else [{"delete": {"_id": record.keys["flight_id"]}}]


handler = handler_with(to_lines)
