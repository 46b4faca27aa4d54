"""The client that a lesson's handler gets: opensearch-py's own, whose calls the lab can see."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from opensearchpy import NotFoundError, OpenSearch, TransportError, Urllib3HttpConnection
from opensearchpy.exceptions import ConnectionError as NotReached

from cdc_lab.classroom.search.engine import SETTING, SearchUnavailable, engine_url
from cdc_lab.classroom.search.refusals import REFUSALS, Bulk, refused_call, refused_item
from cdc_lab.classroom.search.requests import REQUESTS
from cdc_lab.emulator.lambda_.invocation import current_invocation
from cdc_lab.emulator.network.following import followed
from cdc_lab.emulator.network.http import http_step
from cdc_lab.emulator.refusals import Struck, register_http_service
from cdc_lab.patterns.search_documents import index_body

SERVICE = "opensearch"
FLIGHT_FIELDS: dict[str, Any] = {
    "status": {"type": "keyword"},
    "origin": {"type": "keyword"},
    "dest": {"type": "keyword"},
    "gate": {"type": "keyword"},
    "dep_delay": {"type": "integer"},
    "note": {"type": "text"},
}
"""How the flights' index treats its fields: ``note`` is searched by its words, others by the whole value."""

_OURS = {"made_by": "cdc_lab"}
_OPERATIONS = {
    "_bulk": "Bulk",
    "_search": "Search",
    "_count": "Count",
    "_refresh": "Refresh",
    "_update": "Update",
    "_mget": "MultiGet",
    "_create": "Create",
    "_delete_by_query": "DeleteByQuery",
}
_DOCUMENT_CALLS = {"GET": "Get", "HEAD": "Exists", "DELETE": "Delete"}
register_http_service(
    SERVICE, {*_OPERATIONS.values(), *_DOCUMENT_CALLS.values(), "Index"}, (429, 503, 500, 502, 504), ["Bulk"]
)
_WRITES = ("Index", "Create", "Update", "Delete")
Answer = tuple[int, Any, Any]


def search_engine(
    index: str = "flights",
    fields: Mapping[str, Any] | None = None,
    keep_deletes: timedelta = timedelta(hours=48),
) -> OpenSearch:
    """Return an opensearch-py client with an empty index; an index that was there is made anew.

    The engine is the one that ``OPENSEARCH_URL`` names, else one that this process starts and ends. In a
    handler its calls take lab time and are steps, as AWS calls are: ``Faults(crash_after="opensearch")``,
    ``Refusal("opensearch", "Bulk", 429)``.

    Parameters
    ----------
    index : str
    fields : mapping, optional
        Field name to its mapping; `FLIGHT_FIELDS` by default.
    keep_deletes : timedelta
        How long the index remembers the versions of removed documents, in real time; the default of
        OpenSearch itself is 60 seconds.

    Raises
    ------
    SearchUnavailable
        No engine, or one that does not answer; or its index of that name was not made by the course, and is
        left alone.
    """
    client = connect()
    try:
        empty_index(client, index, fields, keep_deletes)
    except NotReached:
        raise SearchUnavailable(
            f"the search engine does not answer: look whether the one that {SETTING} names is running."
        ) from None
    return client


def connect() -> OpenSearch:
    """Return a client of the engine; its indices stay as they are."""
    return OpenSearch(hosts=[engine_url()], connection_class=LabConnection, timeout=30)


def empty_index(
    client: OpenSearch,
    index: str,
    fields: Mapping[str, Any] | None = None,
    keep_deletes: timedelta = timedelta(hours=48),
    is_ours: bool = False,
) -> None:
    """Make an index anew, in a place that is free or was the course's; parameters of `search_engine`.

    `is_ours` says that what is there came into the place of an index of the course's.
    """
    if is_ours:
        client.indices.delete(index=index, ignore=404)
    else:
        _remove(client, index)
    body = index_body(FLIGHT_FIELDS if fields is None else fields, keep_deletes)
    body["mappings"] = {"_meta": _OURS, **body.get("mappings", {})}
    client.indices.create(index=index, body=body)


def _remove(client: OpenSearch, index: str) -> None:
    try:
        found = client.indices.get_mapping(index=index)
    except NotFoundError:
        return
    if any(entry["mappings"].get("_meta") != _OURS for entry in found.values()):
        raise SearchUnavailable(
            f"the index {index!r} of the engine that {SETTING} names was not made by the course, and is left "
            f"as it is: set {SETTING} to another engine."
        )
    client.indices.delete(index=index)


class LabConnection(Urllib3HttpConnection):
    """opensearch-py's way to the engine; inside a handler each call is a step of the lab."""

    def perform_request(
        self, method: str, url: str, params: Any = None, body: Any = None, *args: Any, **kwargs: Any
    ) -> Answer:
        """Make a call: at once, or as a step of the handler that makes it."""

        def call(body: Any = body) -> Answer:
            made: Answer = super(LabConnection, self).perform_request(
                method, url, params, body, *args, **kwargs
            )
            return made

        invocation = current_invocation()
        if invocation is None:
            return call()
        operation = operation_of(method, url)

        def carry_out(struck: Struck | None) -> Answer:
            with followed():
                return self._noted(struck, operation, url, params, body, call)

        return http_step(invocation, SERVICE, operation, carry_out)

    def _noted(
        self, struck: Struck | None, operation: str, url: str, params: Any, body: Any, call: Any
    ) -> Answer:
        try:
            told = self._answer(struck, operation, url, body, call)
        except TransportError as error:
            status = error.status_code if isinstance(error.status_code, int) else 0
            REQUESTS.note(operation, url, params, body, status)
            raise
        REQUESTS.note(operation, url, params, body, told[0], told[2])
        return told

    def _answer(self, struck: Struck | None, operation: str, url: str, body: Any, call: Any) -> Answer:
        if struck is not None and struck.items:
            count = len(Bulk.read(body).items)
            return self._in_part(url, body, call, set(range(min(struck.items, count))))
        if struck is not None and struck.after:
            call()  # its effect stands, its answer is lost
        status = struck.status if struck is not None else REFUSALS.of_call()
        if not status and operation in _WRITES and REFUSALS.of_next():
            status = 429
        if status:
            self._raise_error(status, refused_call(status), "application/json")
        if REFUSALS.items and operation == "Bulk":
            count = len(Bulk.read(body).items)
            refused = {place for place in range(count) if REFUSALS.of_item(place)}
            return self._in_part(url, body, call, refused)
        answer: Answer = call()
        return answer

    def _in_part(self, url: str, body: Any, call: Any, refused: set[int]) -> Answer:
        """Answer a bulk request some of whose items are refused: the engine sees the others alone."""
        bulk = Bulk.read(body)
        others = [place for place in range(len(bulk.items)) if place not in refused]
        status, headers, text = call(bulk.body(others)) if others else (200, {}, '{"took": 0, "items": []}')
        told = json.loads(text)
        done = iter(told["items"])
        index = url.split("/")[1] if url.count("/") > 1 else ""
        items = [
            refused_item(*bulk.items[place][:2], index) if place in refused else next(done)
            for place in range(len(bulk.items))
        ]
        return status, headers, json.dumps({**told, "errors": True, "items": items})


def operation_of(method: str, url: str) -> str:
    """What a call does, in one word: ``Bulk``, ``Index``, ``Search``."""
    parts = [part for part in url.split("?")[0].split("/") if part]
    for part in parts:
        if part in _OPERATIONS:
            return _OPERATIONS[part]
    if "_doc" in parts:
        return _DOCUMENT_CALLS.get(method, "Index")
    words = re.findall(r"[a-z]+", parts[-1]) if parts else ["info"]
    return method.capitalize() + "".join(word.capitalize() for word in words)
