"""No id given: the engine makes one up for each delivery."""

from tests.exercises.mutants.exercise_2.base import as_document, find_delayed, handler_with, lines_of, rebuild

SCENARIO = "plain day"
MISCONCEPTION = "another id"
__all__ = ["find_delayed", "handler", "rebuild"]


def to_lines(record):
    return [{"index": {}}, as_document(record.new_image)] if record.new_image else lines_of(record)


handler = handler_with(to_lines)
