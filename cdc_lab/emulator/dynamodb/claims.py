"""The items of transactions that are under way: nobody else may write them, or read them in a transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from cdc_lab.emulator.dynamodb.journal import ItemKey
from cdc_lab.errors import ServiceError

CONFLICT = "TransactionConflictException"
CONFLICT_TEXT = "Transaction is ongoing for the item"


class Claim(Protocol):
    """One item that a transaction claims."""

    @property
    def table(self) -> Any:
        """The table that holds the item."""

    @property
    def key(self) -> ItemKey:
        """The item's key within the table."""


class Claims:
    """Which items belong to ongoing transactions.

    Parameters
    ----------
    note : callable
        Hears of each request for an item that is refused: the table, and the item's key.
    """

    def __init__(self, note: Callable[[Any, ItemKey], None]) -> None:
        self._note = note
        self._held: set[tuple[int, ItemKey]] = set()

    def __len__(self) -> int:
        return len(self._held)

    def check(self, table: object, key: ItemKey) -> None:
        """Refuse a request for an item that belongs to an ongoing transaction.

        Raises
        ------
        ServiceError
            ``TransactionConflictException`` (D35). In a transaction it is a reason to cancel.
        """
        if self._held and (id(table), key) in self._held:
            self._note(table, key)
            raise ServiceError(CONFLICT, CONFLICT_TEXT)

    def hold(self, items: Iterable[Claim]) -> None:
        """Claim items that are free."""
        self._held.update((id(item.table), item.key) for item in items)

    def release(self, items: Iterable[Claim]) -> None:
        """Give items back."""
        self._held.difference_update((id(item.table), item.key) for item in items)
