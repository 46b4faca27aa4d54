"""A rebuild of flights that have arrived only: the others are not in it."""

from tests.exercises.mutants.exercise_2.base import find_delayed, handler, pages, write

SCENARIO = "rebuild"
MISCONCEPTION = "lost"
__all__ = ["find_delayed", "handler", "rebuild"]


def rebuild(table):
    for page in pages(table):
        write([item for item in page if item["status"] == "arrived"])
