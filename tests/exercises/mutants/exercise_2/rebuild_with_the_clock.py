"""A rebuild with the time as version, so that it wins: the stream's later changes then lose."""

import time

from tests.exercises.mutants.exercise_2.base import as_document, find_delayed, handler, pages, put, write

SCENARIO = "rebuild during changes"
MISCONCEPTION = "rebuild outbids the stream"
__all__ = ["find_delayed", "handler", "rebuild"]


def rebuild(table):
    now = int(time.time())
    for page in pages(table):
        write(page, lambda item: [{"index": {**put(item)[0]["index"], "version": now}}, as_document(item)])
