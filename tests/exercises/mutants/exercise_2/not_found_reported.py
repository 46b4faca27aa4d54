"""A removal that found nothing reported as a failure."""

from tests.exercises.mutants.exercise_2.base import find_delayed, handler_with, rebuild

SCENARIO = "nothing to remove"
MISCONCEPTION = "nothing to remove"
__all__ = ["find_delayed", "handler", "rebuild"]

handler = handler_with(refused=lambda item: item["status"] >= 400 and item["status"] != 409)
