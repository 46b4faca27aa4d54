"""Every number through int."""

from decimal import Decimal

from tests.exercises.mutants.exercise_2.base import find_delayed, handler_with, lines_of, rebuild

SCENARIO = "values"
MISCONCEPTION = "numbers rounded"
__all__ = ["find_delayed", "handler", "rebuild"]


def plain(value):
    return int(value) if isinstance(value, Decimal) else value


def to_lines(record):
    lines = lines_of(record)
    if record.new_image:
        lines[1] |= {name: plain(value) for name, value in record.new_image.items() if "fare" in name}
    return lines


handler = handler_with(to_lines)
