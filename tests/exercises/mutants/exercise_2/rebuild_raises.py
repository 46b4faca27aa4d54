"""A rebuild that ends at the first refusal: nobody starts it again."""

from tests.exercises.mutants.exercise_2.base import find_delayed, handler, items_of, pages, put

SCENARIO = "rebuild of a busy engine"
MISCONCEPTION = "rebuild gives up"
__all__ = ["find_delayed", "handler", "rebuild"]


def rebuild(table):
    for page in pages(table):
        told = items_of([line for item in page for line in put(item)])
        for item in told:
            if item["status"] == 429:
                raise RuntimeError(item["error"]["type"])
