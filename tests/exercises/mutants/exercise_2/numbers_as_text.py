"""Numbers as text, because JSON does not know Decimal."""

from tests.exercises.mutants.exercise_2.base import find_delayed, handler_with, lines_of, rebuild

SCENARIO = "plain day"
MISCONCEPTION = "numbers rounded"
__all__ = ["find_delayed", "handler", "rebuild"]


def to_lines(record):
    lines = lines_of(record)
    if record.new_image and "dep_delay" in record.new_image:
        lines[1]["dep_delay"] = str(record.new_image["dep_delay"])
    return lines


handler = handler_with(to_lines)
