"""The hits as the engine returns them."""

from tests.exercises.mutants.exercise_2.base import INDEX, handler, query, rebuild, search

SCENARIO = "search by words"
MISCONCEPTION = "form of the hits"
__all__ = ["find_delayed", "handler", "rebuild"]


def find_delayed(text):
    body = {"query": query(text), "sort": [{"dep_delay": "desc"}], "size": 1000}
    return search.search(index=INDEX, body=body)["hits"]["hits"]
