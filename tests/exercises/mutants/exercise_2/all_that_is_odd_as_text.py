"""What JSON does not know is written as Python shows it."""

import json
from decimal import Decimal

from tests.exercises.mutants.exercise_2.base import find_delayed, handler_with, lines_of, rebuild

SCENARIO = "values"
MISCONCEPTION = "not as JSON"
__all__ = ["find_delayed", "handler", "rebuild"]


def to_lines(record):
    lines = lines_of(record)
    if record.new_image:
        lines[1] = json.loads(json.dumps(record.new_image, default=odd))
    return lines


def odd(value):
    return float(value) if isinstance(value, Decimal) else repr(value)


handler = handler_with(to_lines)
