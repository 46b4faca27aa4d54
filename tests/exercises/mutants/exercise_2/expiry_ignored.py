"""Time to live is no delete by a user, so the index need not know."""

from tests.exercises.mutants.exercise_2.base import find_delayed, handler_with, lines_of, rebuild

SCENARIO = "removals"
MISCONCEPTION = "expiry ignored"
__all__ = ["find_delayed", "handler", "rebuild"]


def to_lines(record):
    return [] if record.is_ttl_delete else lines_of(record)


handler = handler_with(to_lines)
