"""Every flight with the words, delayed or not."""

from tests.exercises.mutants.exercise_2.base import handler, ids, rebuild

SCENARIO = "search by words"
MISCONCEPTION = "more than asked for"
__all__ = ["find_delayed", "handler", "rebuild"]


def find_delayed(text):
    words = {"match": {"note": {"query": text, "operator": "and"}}}
    return ids({"query": words, "sort": [{"dep_delay": "desc"}], "size": 1000})
