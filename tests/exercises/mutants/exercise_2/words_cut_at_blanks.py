"""The text cut at its blanks: a bracket that stands alone is asked for as a word."""

from tests.exercises.mutants.exercise_2.base import handler, ids, rebuild

SCENARIO = "search as people type"
MISCONCEPTION = "words as written"
__all__ = ["find_delayed", "handler", "rebuild"]


def find_delayed(text):
    words = [{"match": {"note": word}} for word in text.split()]
    both = {"bool": {"must": words, "filter": [{"term": {"status": "delayed"}}]}}
    return ids({"query": both, "sort": [{"dep_delay": "desc"}], "size": 1000})
