"""Bulk requests to a search engine: cut to size, and what of each was refused."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from cdc_lab.patterns.search_documents import Action

logger = logging.getLogger(__name__)

_BUSY = (None, 429, 502, 503, 504)  # None: it did not answer
_FIRST_WAIT, _RETRIES = 0.5, 6  # seconds, doubled each time: half a minute in all


class Client(Protocol):
    """What is needed of a client: ``OpenSearch`` of opensearch-py, or one that looks like it."""

    def bulk(self, *, body: str, index: str) -> Any:
        """Send a body of lines of JSON to the ``_bulk`` API; return its answer."""


class Refusal(NamedTuple):
    """One action that the engine did not take; `status` is None when it could not be reached."""

    position: int
    status: int | None
    reason: str


def chunks(actions: Iterable[Action], max_bytes: int, max_actions: int) -> Iterator[list[Action]]:
    """Cut actions into requests, in order; one that is too long for any goes alone, to be refused."""
    chunk: list[Action] = []
    size = 0
    for action in actions:
        length = len(action.lines().encode())
        if chunk and (size + length > max_bytes or len(chunk) == max_actions):
            yield chunk
            chunk, size = [], 0
        chunk.append(action)
        size += length
    if chunk:
        yield chunk


def send(client: Client, index: str, actions: Sequence[Action]) -> list[Refusal]:
    """Send one bulk request; return what was refused of it, in order.

    A bulk request that fails in part answers 200: each item has a status of its own. A version conflict is
    no refusal, the index has something newer; nor is the 404 of a removal that found nothing.
    """
    try:
        answer = client.bulk(body="".join(action.lines() for action in actions), index=index)
        items = [next(iter(item.values())) for item in answer["items"]]
        refused = [
            Refusal(position, item["status"], _reason(item))
            for position, item in enumerate(items)
            if "error" in item and not _is_conflict(item)
        ]
    except Exception as error:
        # The whole request failed, or its answer cannot be read: nothing is known to be done.
        status, reason = getattr(error, "status_code", None), f"{type(error).__name__}: {error}"
        refused = [
            Refusal(position, status if isinstance(status, int) else None, reason)
            for position in range(len(actions))
        ]
    if refused:
        first = refused[0].reason
        logger.error("%d of %d actions refused by %s, first %s", len(refused), len(actions), index, first)
    return refused


def send_patiently(client: Client, index: str, actions: Sequence[Action]) -> list[Refusal]:
    """Send a bulk request, and again what the engine was too busy for; return what it refused for good.

    For jobs that nobody starts again. A handler returns what failed to Lambda instead of waiting.
    """
    refused: list[Refusal] = []
    wait = _FIRST_WAIT
    for attempt in range(_RETRIES + 1):
        found = send(client, index, actions)
        busy = [it for it in found if it.status in _BUSY and attempt < _RETRIES]
        refused += [it for it in found if it not in busy]
        if not busy:
            break
        actions = [actions[it.position] for it in busy]
        time.sleep(wait)
        wait *= 2
    return refused


def _is_conflict(item: Mapping[str, Any]) -> bool:
    return bool(item["status"] == 409 and item["error"]["type"] == "version_conflict_engine_exception")


def _reason(item: Mapping[str, Any]) -> str:
    error = item["error"]
    return f"{item.get('_id')}: {item['status']} {error.get('type')}: {error.get('reason')}"
