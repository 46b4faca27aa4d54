"""Counts and sums that follow a table by its changes: what went out of a group, what came in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from cdc_lab.patterns.deserializer import CONTEXT, Item
from cdc_lab.patterns.display import as_text
from cdc_lab.patterns.records import StreamRecord

Group = Any
"""What items are counted under: a value such as ``"JFK"``, or a tuple of several."""
GroupBy = str | Sequence[str] | Callable[[Item], Group | None]
Measure = str | int | Decimal | Callable[[Item], Decimal | int | None]
Totals = dict[Group, dict[str, Decimal]]
Combine = Callable[[Decimal, Decimal], Decimal]
Key = str | Sequence[str] | Callable[[Group], Item]


class Delta(NamedTuple):
    """What one record adds to one group's sums; negative for what it takes away."""

    group: Group
    amounts: dict[str, Decimal]


@dataclass(frozen=True)
class Aggregate:
    """Sums over the items of a table, by group.

    Minimum and maximum are no sums: a REMOVE cannot take its value out of them without the other items.

    Parameters
    ----------
    group_by : str, sequence of str, or callable
        An attribute, several (the group is the tuple of their values), or a function from an item to its
        group. An item whose group is None does not count.
    measures : mapping
        Name of the sum to what an item contributes: an attribute (nothing, as in SQL, where it is absent or
        NULL), a constant (``{"flights": 1}`` counts), or a function from an item to a Decimal, int, bool or
        None.
    ttl_deletes : {"keep", "subtract"}
        Whether an item that time to live removed stays in the sums. ``"keep"``, the default: the sums tell
        what has happened, and sweeping a row away does not undo it (an item put again after its sweep counts
        again). ``"subtract"``: they tell what the table holds now, and lose what it loses. A user's delete is
        always subtracted, as a correction.

    Examples
    --------
    >>> delays = Aggregate("origin", {"flights": 1, "delay": "dep_delay"})
    >>> delays.totals([{"origin": "JFK", "dep_delay": Decimal(84)}, {"origin": "JFK"}])
    {'JFK': {'flights': Decimal('2'), 'delay': Decimal('84')}}
    """

    group_by: GroupBy
    measures: Mapping[str, Measure]
    ttl_deletes: Literal["keep", "subtract"] = "keep"

    def __post_init__(self) -> None:
        if self.ttl_deletes not in ("keep", "subtract"):
            raise ValueError(f"ttl_deletes={self.ttl_deletes!r}: say 'keep' or 'subtract'")

    def deltas(self, record: StreamRecord | Mapping[str, Any]) -> list[Delta]:
        """Return what a record changes: INSERT adds, REMOVE subtracts, MODIFY subtracts old and adds new.

        Parameters
        ----------
        record : StreamRecord or mapping
            A change from a stream of view type ``NEW_AND_OLD_IMAGES``.

        Returns
        -------
        list of Delta
            At most two, with every measure each: the group that the item left before the one it came to, one
            when it stayed. None for a group in which nothing changes.

        Raises
        ------
        MissingImageError
            The stream's view type has no old or no new images.
        TypeError
            A measure gave a float, or what is no number.
        ValueError
            An item lacks an attribute that `group_by` names.
        """
        record = StreamRecord.of(record)
        old, new = record.both_images("an aggregate")
        if record.is_ttl_delete and self.ttl_deletes == "keep":
            return []
        sums: Totals = {}
        if old is not None:
            self._add(sums, old, CONTEXT.subtract)
        if new is not None:
            self._add(sums, new)
        return [Delta(group, amounts) for group, amounts in sums.items() if any(amounts.values())]

    def totals(self, items: Iterable[Item]) -> Totals:
        """Return the sums over whole items, as from a scan: what folded deltas must equal.

        Groups in which every sum is zero are left out, as in `fold`.
        """
        sums: Totals = {}
        for item in items:
            self._add(sums, item)
        return _without_zeros(sums)

    def _add(self, sums: Totals, item: Item, combine: Combine = CONTEXT.add) -> None:
        group = self._group(item)
        if group is not None:
            _add(sums, group, {name: self._amount(name, item) for name in self.measures}, combine)

    def _group(self, item: Item) -> Group | None:
        if callable(self.group_by):
            return self.group_by(item)
        if isinstance(self.group_by, str):
            return _attribute(item, self.group_by)
        return tuple(_attribute(item, name) for name in self.group_by)

    def _amount(self, name: str, item: Item) -> Decimal:
        measure = self.measures[name]
        if callable(measure):
            value: Any = measure(item)
        else:
            value = item.get(measure) if isinstance(measure, str) else measure
        if value is None:
            return Decimal(0)
        if isinstance(value, Decimal | int):
            return Decimal(value)
        remedy = "use Decimal, a float is not exact" if isinstance(value, float) else "it is no number"
        raise TypeError(f"measure {name!r} gave {type(value).__name__} {as_text(value)}: {remedy}")


def fold(deltas: Iterable[Delta], totals: Totals | None = None) -> Totals:
    """Add deltas to totals, exactly, and return the result as a new dictionary.

    Parameters
    ----------
    deltas : iterable of Delta
        In any order: addition does not mind. Each once: it does mind that.
    totals : dict, optional
        Where to start from.
    """
    sums: Totals = {group: dict(amounts) for group, amounts in (totals or {}).items()}
    for delta in deltas:
        _add(sums, delta.group, delta.amounts)
    return _without_zeros(sums)


def update_entries(deltas: Iterable[Delta], table: Any, key: Key = "group") -> list[dict[str, Any]]:
    """Turn deltas into ``TransactWriteItems`` entries that add them to the rows of a table.

    ``ADD`` starts at zero where there is no row yet, and adds again whenever it is repeated: hand the entries
    to `process_with_idempotency`. It works on numbers (and sets) only.

    Parameters
    ----------
    deltas : iterable of Delta
        Those that fall on one row are merged (a transaction touches an item once), and left out where they
        cancel.
    table : str or boto3 Table
        Where the sums are kept, one row a group, one attribute a measure.
    key : str, sequence of str, or callable
        How a group becomes the row's key: the partition key's name (a tuple is joined with ``#``), one name
        for each part of the group, or a function from the group to the key.

    Returns
    -------
    list of dict
        ``Update`` entries with Python values, one a row.

    Raises
    ------
    ValueError
        A group has not as many parts as `key` has names, or would be ambiguous when joined.
    """
    rows: dict[tuple[Any, ...], tuple[Item, Totals]] = {}
    for group, amounts in deltas:
        row_key = _row_key(group, key)
        _, sums = rows.setdefault(tuple(sorted(row_key.items())), (row_key, {}))
        _add(sums, None, amounts)
    table_name = table if isinstance(table, str) else table.name
    return [_update(table_name, key, sums[None]) for key, sums in rows.values() if any(sums[None].values())]


def _update(table_name: str, key: Item, amounts: Mapping[str, Decimal]) -> dict[str, Any]:
    names = {f"#m{index}": name for index, name in enumerate(amounts)}
    values = {f":m{index}": amount for index, amount in enumerate(amounts.values())}
    return {
        "Update": {
            "TableName": table_name,
            "Key": key,
            "UpdateExpression": "ADD " + ", ".join(map(" ".join, zip(names, values, strict=True))),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
    }


def _row_key(group: Group, key: Key) -> Item:
    if callable(key):
        return key(group)
    parts = group if isinstance(group, tuple) else (group,)
    if not isinstance(key, str):
        if len(key) != len(parts):
            raise ValueError(
                f"group {group!r} has {len(parts)} parts, and the key {len(key)}: {', '.join(key)}"
            )
        return dict(zip(key, parts, strict=True))
    if not isinstance(group, tuple):
        return {key: group}
    if any("#" in str(part) for part in parts):
        raise ValueError(f"group {group!r} joined with '#' could be taken for another: give key a function")
    return {key: "#".join(map(str, parts))}


def _attribute(item: Item, name: str) -> Any:
    if name not in item:
        raise ValueError(
            f"no attribute {name!r} to group by in an item with {', '.join(sorted(item))}: "
            "where that is normal, group by a function that returns None for items that do not count"
        )
    return item[name]


def _add(sums: Totals, group: Group, amounts: Mapping[str, Decimal], combine: Combine = CONTEXT.add) -> None:
    row = sums.setdefault(group, {})
    for name, amount in amounts.items():
        try:
            # Python's own + and - round to 28 digits. DynamoDB keeps 38, and so must a sum.
            row[name] = combine(row.get(name, Decimal(0)), amount)
        except ArithmeticError:
            raise ValueError(
                f"sum {name!r} of group {group!r} needs more than DynamoDB's 38 digits"
            ) from None


def _without_zeros(sums: Totals) -> Totals:
    return {group: amounts for group, amounts in sums.items() if any(amounts.values())}
