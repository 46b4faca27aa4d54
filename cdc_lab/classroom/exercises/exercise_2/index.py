"""The index: what the answer writes to, and how it is read afterwards beside the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from opensearchpy import NotFoundError, OpenSearch

from cdc_lab.classroom.exercises.common import scanned
from cdc_lab.classroom.search import search_engine
from cdc_lab.classroom.search.client import empty_index
from cdc_lab.classroom.search.refusals import REFUSALS
from cdc_lab.classroom.search.requests import REQUESTS, IndexRequest
from cdc_lab.patterns.deserializer import Item

NAME = "flights"
_MOST = 10_000  # hits that one search returns at most


class Index(NamedTuple):
    """What a run left.

    Attributes
    ----------
    documents : dict
        Of the index, by id.
    items : dict
        Of the table, by flight.
    asked : list of IndexRequest
        What the engine was asked to write.
    """

    documents: dict[str, dict[str, Any]]
    items: dict[str, Item]
    asked: list[IndexRequest]


def prepare(lab: Any) -> Callable[[], Index]:
    """Make the index; the function returned reads it beside the table, and empties it."""
    client = search_engine(NAME)
    REQUESTS.is_wanted = True
    REQUESTS.take()

    def collect() -> Index:
        REFUSALS.clear()
        items = _items(lab.resource("dynamodb").Table(NAME))
        found = Index(_documents(client), items, REQUESTS.take())
        empty_index(client, NAME, is_ours=True)
        return found

    return collect


def _documents(client: OpenSearch) -> dict[str, dict[str, Any]]:
    try:
        client.indices.refresh(index=NAME)
        hits = client.search(index=NAME, body={"size": _MOST, "query": {"match_all": {}}})["hits"]["hits"]
    except NotFoundError:  # the answer removed it
        return {}
    return {hit["_id"]: hit["_source"] for hit in sorted(hits, key=lambda hit: str(hit["_id"]))}


def _items(table: Any) -> dict[str, Item]:
    return {str(item["flight_id"]): item for item in scanned(table)}
