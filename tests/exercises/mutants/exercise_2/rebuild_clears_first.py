"""A rebuild that empties the index when it has read: with the documents the deletes are forgotten."""

from tests.exercises.mutants.exercise_2.base import INDEX, find_delayed, handler, pages, search, write

SCENARIO = "rebuild during changes"
MISCONCEPTION = "a rebuild that forgets deletes"
__all__ = ["find_delayed", "handler", "rebuild"]


def rebuild(table):
    found = pages(table)
    search.indices.delete(index=INDEX)
    search.indices.create(index=INDEX)
    for page in found:
        write(page)
