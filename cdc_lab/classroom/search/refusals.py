"""An engine that says no, as OpenSearch does when it has too much to do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

_ERROR = {
    "type": "rejected_execution_exception",
    "reason": "rejected execution of primary operation: too much is being indexed",
}


class Refusals:
    """What is refused next, of the calls that handlers make.

    Attributes
    ----------
    calls : list of int
        HTTP status of each of the next calls; 0 lets one through.
    items : int
        How many documents are still to be refused: items of bulk requests, or calls that write a single one.
    skip : int
        How many pass before each one that is refused.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Refuse nothing."""
        self.calls: list[int] = []
        self.items = 0
        self.skip = 0
        self._singles = 0

    def of_call(self) -> int:
        """The status that the next call gets, 0 for none."""
        return self.calls.pop(0) if self.calls else 0

    def of_next(self) -> bool:
        """Whether the next document that comes alone is refused."""
        self._singles += 1
        return self.of_item(self._singles - 1)

    def of_item(self, position: int) -> bool:
        """Whether that item of a bulk request is refused."""
        if self.items == 0 or position % (self.skip + 1) != self.skip:
            return False
        self.items -= 1
        return True


REFUSALS = Refusals()


@contextmanager
def refuse(calls: int = 0, status: int = 429, items: int = 0, skip: int = 0) -> Iterator[None]:
    """A time in which the engine refuses what handlers ask of it, as an engine does that is too busy.

    Parameters
    ----------
    calls : int
        How many calls, from the next on, are answered with `status` and do nothing.
    status : int
        429 (too many requests) or 503 (unavailable). opensearch-py itself repeats a call that got 503, at
        once, up to three times.
    items : int
        How many documents get status 429. In a bulk request the other items are done, and the answer as a
        whole is 200.
    skip : int
        How many of a request pass before each that is refused.

    Examples
    --------
    In a lesson: ``with refuse(items=1): lab.run()``.
    """
    REFUSALS.clear()
    REFUSALS.calls, REFUSALS.items, REFUSALS.skip = [status] * calls, items, skip
    try:
        yield
    finally:
        REFUSALS.clear()


class Bulk(NamedTuple):
    """A bulk request's body: for each item its operation, its metadata and its lines."""

    items: Sequence[tuple[str, dict[str, Any], str]]

    @classmethod
    def read(cls, body: bytes) -> Bulk:
        """Cut a body into items."""
        lines = [line for line in body.decode().split("\n") if line]
        items, place = [], 0
        while place < len(lines):
            ((operation, meta),) = json.loads(lines[place]).items()
            length = 1 if operation == "delete" else 2
            items.append((operation, meta, "\n".join(lines[place : place + length]) + "\n"))
            place += length
        return cls(items)

    def body(self, positions: Sequence[int]) -> bytes:
        """The body of a request with these items alone."""
        return "".join(self.items[position][2] for position in positions).encode()


def refused_call(status: int) -> str:
    """The body of the answer to a refused call."""
    error = {**_ERROR, "root_cause": [_ERROR]}
    return json.dumps({"error": error, "status": status})


def refused_item(operation: str, meta: dict[str, Any], index: str) -> dict[str, Any]:
    """What a bulk answer says of a refused item."""
    place = {"_index": meta.get("_index", index), "_id": meta.get("_id")}
    return {operation: {**place, "status": 429, "error": _ERROR}}
