"""A bulk request answered with 200 taken for done."""

from tests.exercises.mutants.exercise_2.base import find_delayed, handler_with, rebuild

SCENARIO = "busy engine"
MISCONCEPTION = "bulk answer not read"
__all__ = ["find_delayed", "handler", "rebuild"]

handler = handler_with(refused=lambda item: False)
