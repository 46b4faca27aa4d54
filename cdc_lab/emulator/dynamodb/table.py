"""One table: its items as they stand."""

from __future__ import annotations

from collections.abc import Iterable

from cdc_lab.emulator.dynamodb.claims import Claims
from cdc_lab.emulator.dynamodb.images import Image, PackedImage, image_size
from cdc_lab.emulator.dynamodb.indexes import Index, IndexKey
from cdc_lab.emulator.dynamodb.journal import ItemKey, Journal
from cdc_lab.emulator.dynamodb.order import Order, Place, PlaceOf, hash_of, rank
from cdc_lab.emulator.dynamodb.throughput import TableThroughput


class Table:
    """The items of one table, and the orders in which they are read.

    Parameters
    ----------
    name, table_arn : str
    keys : list of (str, str)
        Name and type of the partition key, and of the sort key if there is one.
    indexes : iterable of Index
    journal : Journal
        Of the call in progress.
    claims : Claims
        Of the transactions that are under way.
    throughput : TableThroughput, optional
        What limits its partitions; None: nothing does.

    Attributes
    ----------
    size : int
        Bytes of all items by the item-size rules (A18).
    index_keys : list of IndexKey
        The key attributes of the secondary indexes. Those of the table itself are left out, unless its
        partition key is the sort key of an index: that must be shorter.
    """

    def __init__(
        self,
        name: str,
        table_arn: str,
        keys: list[tuple[str, str]],
        indexes: Iterable[Index],
        journal: Journal,
        claims: Claims,
        throughput: TableThroughput | None = None,
    ) -> None:
        self.name = name
        self.table_arn = table_arn
        self.keys = keys
        self.size = 0
        self.throughput = throughput
        self._journal = journal
        self.claims = claims
        self._rows: dict[ItemKey, PackedImage] = {}
        self._orders: dict[str | None, Order] = {}  # by the index's name; None: the table's own
        self.define_indexes(indexes)

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return f"<Table[{self.name}, items={len(self)}]>"

    def define_indexes(self, indexes: Iterable[Index]) -> None:
        """Take other indexes than before; what has changed is read anew."""
        before = getattr(self, "indexes", {})
        self.indexes = {index.name: index for index in indexes}
        for name in list(self._orders):
            if name is not None and self.indexes.get(name) != before.get(name):
                del self._orders[name]
        own = {name for name, _ in self.keys}
        partition_key = self.keys[0][0]
        self.index_keys = [
            IndexKey(index.name, name, kind, is_sort_key=place >= index.partition_keys)
            for index in self.indexes.values()
            for place, (name, kind) in enumerate(index.keys)
            if name not in own or (name == partition_key and place >= index.partition_keys)
        ]

    # ---- versions ----------------------------------------------------------------------------

    def current(self, key: ItemKey) -> PackedImage | None:
        """The item as it stands."""
        return self._rows.get(key)

    def versions(self) -> list[tuple[ItemKey, PackedImage]]:
        """Every item as it stands."""
        return list(self._rows.items())

    def store(self, key: ItemKey, before: PackedImage | None, after: PackedImage | None) -> None:
        """Put a version in an item's place, and note it in the journal; None removes the item."""
        self._journal.note(self, key, before, after)
        self.put_back(key, after)

    def put_back(self, key: ItemKey, version: PackedImage | None) -> None:
        """Put a version in an item's place."""
        before = self._rows.get(key)
        if version is not None:
            self._rows[key] = version
            self.size += version.size
        elif before is not None:
            del self._rows[key]
        if before is not None:
            self.size -= before.size
        for order in self._orders.values():
            order.replace(key, before, version)

    def index_counts(self, name: str) -> dict[str, int]:
        """How many items stand in an index, and their bytes there, as DescribeTable names them."""
        index = self.indexes[name]
        images = (version.image() for version in self._rows.values())
        sizes = [image_size(index.shown(image)) for image in images if index.holds(image)]
        return {"ItemCount": len(sizes), "IndexSizeBytes": sum(sizes)}

    # ---- reading in order --------------------------------------------------------------------

    def order(self, index: Index | None = None) -> Order:
        """The items in the order in which they are read from the table, or from an index."""
        name = None if index is None else index.name
        if name not in self._orders:
            self._orders[name] = Order(_place_of(index), self._rows.items())
        return self._orders[name]


def _place_of(index: Index | None) -> PlaceOf:
    if index is None:
        return lambda key, version: place_in_table(key)
    return lambda key, version: place_in_index(index, key, version.image())


def place_in_table(key: ItemKey) -> Place:
    """Where an item stands in its table."""
    partition_key, sort_key = key
    return Place((partition_key,), () if sort_key is None else (rank(sort_key),))


def place_in_index(index: Index, key: ItemKey, image: Image) -> Place | None:
    """Where an item stands in an index; None for one that lacks a key of the index.

    Items with the same index keys stand by their own keys, as in a scan of the table: a model, because
    DynamoDB promises no order among them.
    """
    if not index.holds(image):
        return None
    parts = [(kind, image[name][kind]) for name, kind in index.keys]
    partition, sort_key = tuple(parts[: index.partition_keys]), parts[index.partition_keys :]
    own = place_in_table(key)
    return Place(partition, (*map(rank, sort_key), hash_of(own.partition), *own.position))
