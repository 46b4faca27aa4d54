"""A rebuild that writes what it has read, whatever has come since."""

from tests.exercises.mutants.exercise_2.base import as_document, find_delayed, handler, pages, write

SCENARIO = "rebuild during changes"
MISCONCEPTION = "scan wins"
__all__ = ["find_delayed", "handler", "rebuild"]


def rebuild(table):
    for page in pages(table):
        write(page, lambda item: [{"index": {"_id": item["flight_id"]}}, as_document(item)])
