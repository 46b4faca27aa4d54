"""What the engine refuses during a rebuild is never sent again."""

from tests.exercises.mutants.exercise_2.base import find_delayed, handler, items_of, pages, put

SCENARIO = "rebuild of a busy engine"
MISCONCEPTION = "rebuild gives up"
__all__ = ["find_delayed", "handler", "rebuild"]


def rebuild(table):
    for page in pages(table):
        items_of([line for item in page for line in put(item)])
