"""What people type, read as the query language."""

from tests.exercises.mutants.exercise_2.base import handler, ids, rebuild

SCENARIO = "search as people type"
MISCONCEPTION = "query language"
__all__ = ["find_delayed", "handler", "rebuild"]


def find_delayed(text):
    both = f"status:delayed AND note:({text})"
    words = {"query_string": {"query": both, "default_operator": "AND"}}
    return ids({"query": words, "sort": [{"dep_delay": "desc"}], "size": 1000})
