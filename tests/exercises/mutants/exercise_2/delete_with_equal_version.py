"""A removal with the very version of the document, which must be exceeded."""

from tests.exercises.mutants.exercise_2.base import find_delayed, handler_with, lines_of, rebuild

SCENARIO = "removals"
MISCONCEPTION = "delete refused"
__all__ = ["find_delayed", "handler", "rebuild"]


def to_lines(record):
    if record.new_image:
        return lines_of(record)
    version = int(record.old_image["version"])
    return [{"delete": {"_id": record.keys["flight_id"], "version": version, "version_type": "external"}}]


handler = handler_with(to_lines)
