"""What one API call changed, item by item: undone when the call fails, recorded when it succeeds."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from cdc_lab.emulator.dynamodb.images import PackedImage

ItemKey = tuple[Any, ...]
"""Type and value of the partition key, and of the sort key or None: ``(("S", "UA1"), None)``."""


class JournaledTable(Protocol):
    """What the journal asks of a table."""

    def put_back(self, key: ItemKey, version: PackedImage | None) -> None:
        """Make the item what it was; None removes it."""


class ItemChange(NamedTuple):
    """The net effect of one call on one item."""

    table: Any
    key: ItemKey
    before: PackedImage | None
    after: PackedImage | None


class Journal:
    """The changes of the API call in progress.

    A call may touch an item several times; what counts is the item before the call and the item after
    it. Equal ones are no change and leave no record (A23, A25).
    """

    def __init__(self) -> None:
        self._touched: dict[tuple[int, ItemKey], ItemChange] = {}

    def note(
        self, table: JournaledTable, key: ItemKey, before: PackedImage | None, after: PackedImage | None
    ) -> None:
        """Remember that the call touched an item.

        Parameters
        ----------
        table : JournaledTable
        key : tuple
            The item's key within the table.
        before, after : PackedImage or None
            The item before this touch, and as it now stands.
        """
        where = (id(table), key)
        first = self._touched.get(where)
        self._touched[where] = ItemChange(table, key, before if first is None else first.before, after)

    def rollback(self) -> None:
        """Undo every touch."""
        touched, self._touched = self._touched, {}
        for change in reversed(touched.values()):
            change.table.put_back(change.key, change.before)

    def commit(self) -> list[ItemChange]:
        """Return what changed, in the order in which the items were first touched."""
        touched, self._touched = self._touched, {}
        return [change for change in touched.values() if not _is_unchanged(change)]


def _is_unchanged(change: ItemChange) -> bool:
    before, after = change.before, change.after
    if before is None or after is None:
        return before is after
    return before.same_as(after)
