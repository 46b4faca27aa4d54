"""A search returns ten hits unless it is told otherwise."""

from tests.exercises.mutants.exercise_2.base import handler, ids, query, rebuild

SCENARIO = "search with many hits"
MISCONCEPTION = "ten hits"
__all__ = ["find_delayed", "handler", "rebuild"]


def find_delayed(text):
    return ids({"query": query(text), "sort": [{"dep_delay": "desc"}]})
