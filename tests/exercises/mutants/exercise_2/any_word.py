"""A match of any of the words."""

from tests.exercises.mutants.exercise_2.base import handler, ids, rebuild

SCENARIO = "search by words"
MISCONCEPTION = "more than asked for"
__all__ = ["find_delayed", "handler", "rebuild"]


def find_delayed(text):
    delayed = {"term": {"status": "delayed"}}
    both = {"bool": {"must": [{"match": {"note": text}}], "filter": [delayed]}}
    return ids({"query": both, "sort": [{"dep_delay": "desc"}], "size": 1000})
