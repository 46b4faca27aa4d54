"""What the three functions write to, and what they left there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from opensearchpy import NotFoundError, OpenSearch

from cdc_lab.classroom.exercises.common import scanned
from cdc_lab.classroom.search import search_engine
from cdc_lab.classroom.search.client import empty_index
from cdc_lab.classroom.search.refusals import REFUSALS
from cdc_lab.patterns import StreamRecord
from cdc_lab.patterns.deserializer import Item

BOARD, PROCESSED, AUDIT, INDEX = "board", "processed", "audit", "departures"
_MOST = 10_000  # hits that one search returns at most


class Left(NamedTuple):
    """What a run left.

    Attributes
    ----------
    board : dict
        The board's rows, by airport.
    changes : list of StreamRecord
        Of the board, as its stream holds them.
    log : list of dict
        The audit log's rows, airport by airport, each airport's as Query returns them.
    documents : dict
        Of the index, by id.
    departures : dict
        The items of the table that the index follows, by flight.
    """

    board: dict[str, Item]
    changes: list[StreamRecord]
    log: list[Item]
    documents: dict[str, Item]
    departures: dict[str, Item]


def make(lab: Any) -> None:
    """Make the tables that are no source: the memory of the board, and the log."""
    lab.create_table(PROCESSED, "event_id", stream_view_type=None, ttl_attribute="expires_at")
    lab.create_table(AUDIT, "item", "change", stream_view_type=None)


def prepare(lab: Any) -> Callable[[], Left]:
    """Make what the functions write to; the function returned reads it and clears it for the next run."""
    make(lab)
    client = search_engine(INDEX)
    tables = lab.resource("dynamodb")

    def collect() -> Left:
        REFUSALS.clear()
        left = read(lab, client)
        for name in (PROCESSED, AUDIT):
            tables.Table(name).delete()
        make(lab)
        empty_index(client, INDEX, is_ours=True)
        return left

    return collect


def read(lab: Any, client: OpenSearch | None) -> Left:
    """Read everything; without an engine there are no documents."""
    tables = lab.resource("dynamodb")
    return Left(
        {str(row["origin"]): row for row in scanned(tables.Table(BOARD))},
        list(lab.read_stream(BOARD)),
        sorted(scanned(tables.Table(AUDIT)), key=lambda row: (row["item"], row["change"].encode())),
        _documents(client) if client is not None else {},
        {str(item["flight_id"]): item for item in scanned(tables.Table("departures"))},
    )


def _documents(client: OpenSearch) -> dict[str, Item]:
    try:
        client.indices.refresh(index=INDEX)
        hits = client.search(index=INDEX, body={"size": _MOST, "query": {"match_all": {}}})["hits"]["hits"]
    except NotFoundError:  # the answer removed it
        return {}
    return {hit["_id"]: hit["_source"] for hit in sorted(hits, key=lambda hit: str(hit["_id"]))}
