"""A term query on analysed text: it compares with single words in lower case."""

from tests.exercises.mutants.exercise_2.base import handler, ids, rebuild

SCENARIO = "search by words"
MISCONCEPTION = "words as written"
__all__ = ["find_delayed", "handler", "rebuild"]


def find_delayed(text):
    both = {"bool": {"filter": [{"term": {"note": text}}, {"term": {"status": "delayed"}}]}}
    return ids({"query": both, "sort": [{"dep_delay": "desc"}], "size": 1000})
