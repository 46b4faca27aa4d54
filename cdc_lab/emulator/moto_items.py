"""moto's DynamoDB items and tables with the lab's frozen versions inside (see ``moto_tables``)."""

from __future__ import annotations

import base64
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict

from cdc_lab.emulator.dynamodb.images import Frozen, Image, normalize, normalize_number
from cdc_lab.emulator.dynamodb.journal import ItemKey
from cdc_lab.emulator.dynamodb.keys import IndexKey

if TYPE_CHECKING:
    from cdc_lab.emulator.moto_tables import LabBackend


class VersionedItem(Item):
    """One version of an item. What moto's readers look at is built when one of them looks."""

    def __new__(cls, *_: Any) -> VersionedItem:
        """Make one without moto's own ``__new__``, which keeps every item ever made for its dashboard."""
        return object.__new__(cls)

    def __init__(self, hash_key: DynamoType, range_key: DynamoType | None, frozen: Frozen) -> None:
        self.hash_key = hash_key
        self.range_key = range_key
        self.frozen: Frozen | None = frozen
        self._attrs: Any = None

    @property
    def attrs(self) -> Any:
        """Moto's form of the attributes."""
        if self._attrs is None and self.frozen is not None:
            self._attrs = LimitedSizeDict.__new__(LimitedSizeDict)
            for name, typed in self.frozen.image().items():
                # Not through the class's own __setitem__, which adds up the whole item's size each time.
                dict.__setitem__(self._attrs, name, DynamoType(typed))
        return self._attrs

    @attrs.setter
    def attrs(self, attrs: Any) -> None:
        # moto copies an item to change the copy: that one has no version yet.
        self.frozen = None
        self._attrs = attrs


class Capture:
    """Stands where moto keeps a table's stream and hears of every write that moto itself makes."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def add(self, old: Item | None, new: Item | None) -> None:
        """An item was written."""
        self._table.note(old, new)


def _key_part(value: DynamoType | None) -> tuple[str, Any] | None:
    if value is None:
        return None
    return value.type, _plain(value)


def _dynamo_type(part: tuple[str, Any] | None) -> Any:
    return None if part is None else DynamoType({part[0]: part[1]})


def _plain(value: DynamoType) -> Any:
    tag, raw = value.type, value.value
    if tag == "N":
        return normalize_number(raw)
    if tag == "M":
        return {name: {inner.type: _plain(inner)} for name, inner in raw.items()}
    if tag == "L":
        return [{inner.type: _plain(inner)} for inner in raw]
    if tag == "B":
        return _text(raw)
    if tag == "BS":
        return sorted({_text(member) for member in raw})
    return normalize(tag, raw)


def _text(binary: str | bytes) -> str:
    return binary if isinstance(binary, str) else base64.b64encode(binary).decode()


def image_of(item: Item) -> Image:
    """The image of one of moto's items."""
    return {name: {value.type: _plain(value)} for name, value in item.attrs.items()}


class JournaledTable:
    """Mixed into a moto table: its writes go through the journal of the call in progress."""

    backend: LabBackend
    name: str
    table_arn: str
    attr: list[dict[str, str]]
    schema: list[dict[str, str]]
    indexes: list[Any]
    global_indexes: list[Any]
    items: Any
    hash_key_attr: str
    hash_key_type: str
    range_key_attr: str | None
    range_key_type: str | None
    stream_specification: dict[str, Any] | None
    latest_stream_label: str | None
    keys: list[tuple[str, str]]

    def adopt(self, backend: LabBackend) -> None:
        """Become a table of the lab's backend."""
        self.backend = backend
        self.keys = [(self.hash_key_attr, self.hash_key_type)]
        if self.range_key_attr is not None:
            self.keys.append((self.range_key_attr, str(self.range_key_type)))
        self.stream_shard: Capture | None = Capture(self)

    @property
    def index_keys(self) -> list[IndexKey]:
        """The key attributes of the secondary indexes; those of the table itself left out."""
        if not self.indexes and not self.global_indexes:
            return []
        kinds = {definition["AttributeName"]: definition["AttributeType"] for definition in self.attr}
        own = {name for name, _ in self.keys}
        return [
            IndexKey(index.name, name, kinds[name])
            for index in (*self.indexes, *self.global_indexes)
            for name in index.schema_key_attrs
            if name not in own and name in kinds
        ]

    # ---- versions ----------------------------------------------------------------------------

    def _item(self, key: ItemKey) -> Any:
        rows = self.items
        if key[1] is not None:
            rows = rows.get(_dynamo_type(key[0]))
            return None if rows is None else rows.get(_dynamo_type(key[1]))
        return rows.get(_dynamo_type(key[0]))

    def current(self, key: ItemKey) -> Frozen | None:
        """The item as it stands."""
        item = self._item(key)
        return None if item is None else self.freeze(item)

    def store(self, key: ItemKey, before: Frozen | None, after: Frozen | None) -> None:
        """Put a version in an item's place, and note it in the journal."""
        self.backend.journal.note(self, key, before, after)
        self.put_back(key, after)

    def put_back(self, key: ItemKey, version: Frozen | None) -> None:
        """Put a version in an item's place."""
        hash_key, range_key = _dynamo_type(key[0]), _dynamo_type(key[1])
        if version is None:
            rows = self.items.get(hash_key, {}) if range_key else self.items
            rows.pop(range_key or hash_key, None)
        elif range_key:
            self.items[hash_key][range_key] = VersionedItem(hash_key, range_key, version)
        else:
            self.items[hash_key] = VersionedItem(hash_key, None, version)

    def freeze(self, item: Any) -> Frozen:
        """The frozen version of a live item."""
        frozen: Frozen | None = getattr(item, "frozen", None)
        if frozen is None:
            item.frozen = frozen = Frozen(image_of(item))
        return frozen

    def versions(self) -> list[tuple[ItemKey, Frozen]]:
        """Every item as it stands."""
        rows = self.items.values()
        items = [item for row in rows for item in row.values()] if self.range_key_attr else list(rows)
        return [((_key_part(i.hash_key), _key_part(i.range_key)), self.freeze(i)) for i in items]

    # ---- what moto itself writes (calls with parameters from before expressions, imports) ------

    def note(self, old: Item | None, new: Item | None) -> None:
        """Moto wrote an item: `old` as it was, `new` as it is."""
        item: Any = new if new is not None else old
        before = None if old is None else Frozen(image_of(old))
        if new is not None:
            item.frozen = None
        after = None if new is None else self.freeze(new)
        key = (_key_part(item.hash_key), _key_part(item.range_key))
        self.backend.journal.note(self, key, before, after)

    def thaw(self, key: ItemKey) -> None:
        """Make an item one that moto may change in place; noted first, it can be put back."""
        item = self._item(key)
        if item is None:
            return
        version = self.freeze(item)
        self.backend.journal.note(self, key, version, version)
        plain = Item(item.hash_key, item.range_key, version.image())
        if item.range_key:
            self.items[item.hash_key][item.range_key] = plain
        else:
            self.items[item.hash_key] = plain

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        # A backup is a table of moto's own.
        copy: Any = object.__new__(type(self).__mro__[2])
        memo[id(self)] = copy
        kept = {k: v for k, v in self.__dict__.items() if k not in ("backend", "stream_shard", "keys")}
        copy.__dict__.update(deepcopy(kept, memo))
        copy.stream_shard = None
        return copy
