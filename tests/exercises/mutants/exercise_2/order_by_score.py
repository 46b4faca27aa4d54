"""Hits in the order of their score."""

from tests.exercises.mutants.exercise_2.base import handler, ids, query, rebuild

SCENARIO = "search with many hits"
MISCONCEPTION = "order of the hits"
__all__ = ["find_delayed", "handler", "rebuild"]


def find_delayed(text):
    return ids({"query": query(text), "size": 1000})
