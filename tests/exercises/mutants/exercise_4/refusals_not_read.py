"""Takes a bulk request that answers for one that was done."""

from __future__ import annotations

from typing import Any

from cdc_lab.patterns import SearchIndex, StreamRecord

from .base import audit, board, search

SCENARIO = "busy engine"
MISCONCEPTION = "errors within an answer"
__all__ = ["audit", "board", "index"]

flights = SearchIndex(search, "departures")


def index(event: dict[str, Any], context: Any) -> Any:
    actions = [flights.action(StreamRecord.from_event(record)) for record in event["Records"]]
    search.bulk(index="departures", body="".join(action.lines() for action in actions))
    return {"batchItemFailures": []}
