"""No version: the last to arrive wins."""

from tests.exercises.mutants.exercise_2.base import find_delayed, handler_with, lines_of, rebuild

SCENARIO = "late record"
MISCONCEPTION = "no version"
__all__ = ["find_delayed", "handler", "rebuild"]


def to_lines(record):
    lines = lines_of(record)
    if record.new_image:
        lines[0] = {"index": {"_id": record.keys["flight_id"]}}
    return lines


handler = handler_with(to_lines)
