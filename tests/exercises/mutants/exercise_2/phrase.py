"""A phrase: the words must stand side by side, in this order."""

from tests.exercises.mutants.exercise_2.base import handler, ids, rebuild

SCENARIO = "search by words"
MISCONCEPTION = "words as written"
__all__ = ["find_delayed", "handler", "rebuild"]


def find_delayed(text):
    words = {"match_phrase": {"note": text}}
    both = {"bool": {"must": [words], "filter": [{"term": {"status": "delayed"}}]}}
    return ids({"query": both, "sort": [{"dep_delay": "desc"}], "size": 1000})
