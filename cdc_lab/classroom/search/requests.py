"""What handlers asked an engine to write, and what it answered: for checks that look at more than the end."""

from __future__ import annotations

import json
from typing import Any, NamedTuple
from urllib.parse import unquote

from cdc_lab.classroom.search.refusals import Bulk


class IndexRequest(NamedTuple):
    """One document that was to be written or removed.

    Attributes
    ----------
    operation : str
        ``index``, ``create``, ``update`` or ``delete``.
    document_id : str or None
        None when the engine was to choose one.
    version : int or None
        The external one; None when the engine counts.
    status : int
        Its own, also within a bulk request.
    document : dict
        What was to be written.
    version_type : str
        As it was sent; empty when it was not.
    """

    operation: str
    document_id: str | None
    version: int | None
    status: int
    document: dict[str, Any]
    version_type: str = ""


class Requests:
    """Notes them, while somebody wants to know.

    Attributes
    ----------
    asked : list of IndexRequest
        In the order of the answers.
    """

    def __init__(self) -> None:
        self.asked: list[IndexRequest] = []
        self.is_wanted = False

    def take(self) -> list[IndexRequest]:
        """Return what was noted, and begin anew."""
        taken, self.asked = self.asked, []
        return taken

    def note(self, operation: str, url: str, params: Any, body: Any, status: int, answer: Any = "") -> None:
        """Note a call and its answer; `operation` as `operation_of` names it."""
        if not self.is_wanted:
            return
        if operation == "Bulk":
            self._note_items(body, status, answer)
        elif operation in ("Index", "Create", "Update", "Delete"):
            last = url.rstrip("/").rpartition("/")[2]
            document_id = None if last == "_doc" else unquote(last)
            document = json.loads(body) if body else {}
            self._add(operation.lower(), document_id, params or {}, status, document)

    def _note_items(self, body: Any, status: int, answer: Any) -> None:
        try:
            items = Bulk.read(body).items
        except ValueError:
            return  # no bulk request at all
        told = json.loads(answer)["items"] if status == 200 else []
        statuses = [next(iter(item.values()))["status"] for item in told] or [status] * len(items)
        for (operation, meta, text), own in zip(items, statuses, strict=True):
            document = {} if operation == "delete" else json.loads(text.split("\n")[1])
            self._add(operation, meta.get("_id"), meta, own, document)

    def _add(
        self, operation: str, document_id: str | None, options: Any, status: int, document: dict[str, Any]
    ) -> None:
        kind = str(options.get("version_type", ""))
        self.asked.append(IndexRequest(operation, document_id, _version(options), status, document, kind))


def _version(options: Any) -> int | None:
    is_external = str(options.get("version_type", "")).startswith("external")
    return int(options["version"]) if is_external and "version" in options else None


REQUESTS = Requests()
