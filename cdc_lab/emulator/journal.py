"""What one API call changed, item by item: undone when the call fails, recorded when it succeeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from cdc_lab.emulator.images import Frozen

ItemKey = tuple[Any, ...]


class JournaledTable(Protocol):
    """What the journal asks of a table."""

    def freeze(self, item: Any) -> Frozen:
        """One version of a live item, frozen."""

    def put_back(self, key: ItemKey, version: Frozen | None) -> None:
        """Make the item what it was; None removes it."""


class Change(NamedTuple):
    """The net effect of one call on one item."""

    table: Any
    key: ItemKey
    before: Frozen | None
    after: Frozen | None


class Journal:
    """The changes of the API call in progress.

    A call may touch an item several times (moto writes an upsert twice); what counts is the item
    before the call and the item after it. Equal ones are no change and leave no record (A23, A25).
    """

    def __init__(self) -> None:
        self._before: dict[tuple[int, ItemKey], tuple[Any, Frozen | None]] = {}
        self._after: dict[tuple[int, ItemKey], Any] = {}

    def note(self, table: Any, key: ItemKey, before: Callable[[], Frozen | None], after: Any | None) -> None:
        """Remember that the call touched an item.

        Parameters
        ----------
        table : JournaledTable
        key : tuple
            The item's key within the table.
        before : callable
            Gives the item before this touch; asked at the first touch only.
        after : live item or None
            The item as it now stands.
        """
        where = (id(table), key)
        if where not in self._before:
            self._before[where] = (table, before())
        self._after[where] = after

    def rollback(self) -> None:
        """Undo every touch."""
        for (_, key), (table, before) in reversed(self._before.items()):
            table.put_back(key, before)
        self._clear()

    def commit(self) -> list[Change]:
        """Return what changed, in the order in which the items were first touched."""
        changes = []
        for where, (table, before) in self._before.items():
            live = self._after[where]
            after = None if live is None else table.freeze(live)
            if before is None and after is None:
                continue
            if before is not None and after is not None and before.same_as(after):
                continue
            changes.append(Change(table, where[1], before, after))
        self._clear()
        return changes

    def _clear(self) -> None:
        self._before.clear()
        self._after.clear()
