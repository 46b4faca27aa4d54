"""A rebuild of single calls that logs what is refused, and goes on."""

from opensearchpy import TransportError

from tests.exercises.mutants.exercise_2.base import (
    INDEX,
    as_document,
    find_delayed,
    handler,
    pages,
    put,
    search,
)

SCENARIO = "rebuild of a busy engine"
MISCONCEPTION = "rebuild gives up"
__all__ = ["find_delayed", "handler", "rebuild"]


def rebuild(table):
    for page in pages(table):
        for item in page:
            meta = put(item)[0]["index"]
            options = {"version": meta["version"], "version_type": "external"}
            try:
                search.index(index=INDEX, id=meta["_id"], body=as_document(item), **options)
            except TransportError as error:
                print(error)
