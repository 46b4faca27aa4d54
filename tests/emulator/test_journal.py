"""The journal: one net change for each item that a call touched, or none at all."""

from __future__ import annotations

from cdc_lab.emulator.dynamodb.images import PackedImage
from cdc_lab.emulator.dynamodb.journal import ItemKey, Journal

ONE, SAME, TWO = (PackedImage({"n": {"N": number}}) for number in ("1", "1", "2"))
A: ItemKey = (("S", "a"), None)
B: ItemKey = (("S", "b"), None)


class Table:
    """Keeps what is put back."""

    def __init__(self) -> None:
        self.items: list[tuple[ItemKey, PackedImage | None]] = []

    def put_back(self, key: ItemKey, version: PackedImage | None) -> None:
        self.items.append((key, version))


def changes(
    *touches: tuple[Table, ItemKey, PackedImage | None, PackedImage | None],
) -> list[tuple[ItemKey, bool, bool]]:
    journal = Journal()
    for touch in touches:
        journal.note(*touch)
    return [(key, before is not None, after is not None) for _, key, before, after in journal.commit()]


def test_one_change_for_each_item_in_the_order_of_first_touch() -> None:
    table = Table()
    assert changes((table, B, None, ONE), (table, A, ONE, TWO), (table, B, ONE, TWO)) == [
        (B, False, True),
        (A, True, True),
    ]


def test_an_item_that_is_as_it_was_is_no_change() -> None:  # A23
    table = Table()
    assert changes((table, A, ONE, SAME)) == []
    assert changes((table, A, ONE, TWO), (table, A, TWO, SAME)) == []
    assert changes((table, A, None, ONE), (table, A, ONE, None)) == []
    assert changes((table, A, ONE, None), (table, A, None, SAME)) == []
    assert changes((table, A, None, None)) == []


def test_what_was_before_the_first_touch_counts() -> None:  # A25
    journal, table = Journal(), Table()
    journal.note(table, A, None, ONE)
    journal.note(table, A, ONE, TWO)
    (change,) = journal.commit()
    assert (change.before, change.after) == (None, TWO)


def test_items_of_two_tables_are_two_items() -> None:
    assert len(changes((Table(), A, None, ONE), (Table(), A, None, ONE))) == 2


def test_a_rollback_puts_back_what_was_before_the_first_touch_last_touch_first() -> None:
    journal, table = Journal(), Table()
    journal.note(table, A, ONE, TWO)
    journal.note(table, B, None, ONE)
    journal.note(table, A, TWO, None)
    journal.rollback()
    assert table.items == [(B, None), (A, ONE)]
    # AND nothing is left of it
    assert journal.commit() == []
    journal.rollback()
    assert len(table.items) == 2
