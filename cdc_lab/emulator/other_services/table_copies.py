"""Items in moto's form, for what moto does with whole tables: backups, exports, imports, restores.

moto's tables hold no items. What needs them gets copies for as long as the call runs (see ``table_life``).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table as MotoTable

from cdc_lab.emulator.dynamodb.images import Image, PackedImage, normalize, normalize_number
from cdc_lab.emulator.dynamodb.keys import key_of_item
from cdc_lab.emulator.dynamodb.table import Table


@contextmanager
def lent(source: Table, to: MotoTable) -> Iterator[None]:
    """Let moto's table hold copies of the items inside."""
    rows: Any = to.items
    for (partition_key, sort_key), version in source.versions():
        hash_key = _dynamo_type(partition_key)
        item = _item(hash_key, version.image())
        if sort_key is None:
            rows[hash_key] = item
        else:
            item.range_key = _dynamo_type(sort_key)
            rows[hash_key][item.range_key] = item
    try:
        yield
    finally:
        to.items.clear()


def taken(source: MotoTable, to: Table) -> None:
    """Move the items that moto put into its table into the lab's."""
    for item in source.all_items():
        image = _image(item)
        to.put_back(key_of_item(to, image), PackedImage(image))
    source.items.clear()


def _dynamo_type(part: tuple[str, Any]) -> Any:
    return DynamoType({part[0]: part[1]})


def _item(hash_key: Any, image: Image) -> Item:
    item = Item(hash_key, None, {})
    for name, typed in image.items():
        # Not through the class's own __setitem__: it refuses items that DynamoDB just allows.
        dict.__setitem__(item.attrs, name, DynamoType(typed))
    return item


def _image(item: Item) -> Image:
    attributes: LimitedSizeDict = item.attrs
    return {name: {value.type: _plain(value)} for name, value in attributes.items()}


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
