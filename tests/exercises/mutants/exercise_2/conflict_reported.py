"""A version conflict reported as a failure: a second delivery never ends well."""

from tests.exercises.mutants.exercise_2.base import find_delayed, handler_with, rebuild

SCENARIO = "other borders"
MISCONCEPTION = "conflict taken for a failure"
__all__ = ["find_delayed", "handler", "rebuild"]

handler = handler_with(refused=lambda item: "error" in item)
