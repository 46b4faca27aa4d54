"""Secondary indexes: which items stand in one, and what it shows of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cdc_lab.emulator.dynamodb.images import Image


class IndexKey(NamedTuple):
    """A key attribute of a secondary index."""

    index_name: str
    attribute: str
    kind: str
    is_sort_key: bool


class Index(NamedTuple):
    """A secondary index of a table.

    Attributes
    ----------
    name : str
    is_local : bool
        Whether it shares the table's partition key; only then a read can fetch what it does not project.
    keys : list of (str, str)
        Name and type of its key attributes: of the partition key, then of the sort key. A global index may
        have up to four of each.
    partition_keys : int
        How many of them make the partition key.
    projection : str
        ``ALL``, ``KEYS_ONLY`` or ``INCLUDE``.
    projected : frozenset of str or None
        The attributes that it shows; None for all.
    """

    name: str
    is_local: bool
    keys: list[tuple[str, str]]
    partition_keys: int
    projection: str
    projected: frozenset[str] | None

    def holds(self, image: Image) -> bool:
        """Whether an item stands in the index: only with all of its keys (a sparse index), of their types."""
        return all(kind in image.get(name, ()) for name, kind in self.keys)

    def shown(self, image: Image) -> Image:
        """What the index shows of an item."""
        if self.projected is None:
            return image
        return {name: typed for name, typed in image.items() if name in self.projected}


def index_of(
    description: Mapping[str, Any],
    *,
    is_local: bool,
    table_keys: list[tuple[str, str]],
    kinds: Mapping[str, str],
) -> Index:
    """An index from its description.

    Parameters
    ----------
    description : mapping
        ``IndexName``, ``KeySchema`` and ``Projection``, as CreateTable takes them.
    is_local : bool
    table_keys : list of (str, str)
    kinds : mapping
        Type of each attribute that the table defines.
    """
    schema = sorted(description["KeySchema"], key=lambda element: element["KeyType"] != "HASH")
    keys = [(element["AttributeName"], kinds[element["AttributeName"]]) for element in schema]
    partition_keys = sum(element["KeyType"] == "HASH" for element in schema)
    projection = description.get("Projection", {})
    kind = projection.get("ProjectionType", "ALL")
    projected = None
    if kind != "ALL":
        projected = frozenset(
            [name for name, _ in (*table_keys, *keys)] + list(projection.get("NonKeyAttributes") or ())
        )
    return Index(description["IndexName"], is_local, keys, partition_keys, kind, projected)
