"""The keys of items: taken from a request, checked against a table's schema, and made images again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cdc_lab.emulator.dynamodb.attribute_values import accept_value, invalid
from cdc_lab.emulator.dynamodb.expressions import Path
from cdc_lab.emulator.dynamodb.images import Image, value_size
from cdc_lab.emulator.dynamodb.journal import ItemKey
from cdc_lab.emulator.dynamodb.table import Table

_INVALID = "One or more parameter values were invalid: "
NOT_VALID = "One or more parameter values are not valid. "
"""How every refusal of an empty key begins."""
_EMPTY_KEY = "The AttributeValue for a key attribute cannot contain an empty {kind} value. Key: {name}"
NO_MATCH = "The provided key element does not match the schema"
_KINDS = {"S": "string", "B": "binary"}
_MAX_KEY_BYTES = (
    (2048, "Size of hashkey has exceeded the maximum size limit of2048 bytes"),
    (1024, "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"),
)


Tables = Callable[[str], Table]
"""Finds a table by its name or its ARN."""


def key_of_item(table: Table, image: Image) -> ItemKey:
    """The key of a whole item, checked against the table's schema."""
    for name, kind in table.keys:
        if name not in image:
            raise invalid(f"{_INVALID}Missing the key {name} in the item")
        _check_key_type(name, kind, image[name])
    return _key(table, image)


def key_of_request(table: Table, given: Mapping[str, Mapping[str, Any]]) -> ItemKey:
    """The key that a request names, checked against the table's schema."""
    if given.keys() != {name for name, _ in table.keys}:
        raise invalid(NO_MATCH)
    image = {name: accept_value(typed) for name, typed in given.items()}
    for name, kind in table.keys:
        if kind not in image[name]:
            raise invalid(NO_MATCH)
    return _key(table, image)


def _check_key_type(name: str, kind: str, typed: Mapping[str, Any]) -> None:
    if kind not in typed:
        raise invalid(f"{_INVALID}Type mismatch for key {name} expected: {kind} actual: {next(iter(typed))}")


def _key(table: Table, image: Image) -> ItemKey:
    key: list[tuple[str, Any] | None] = []
    for (name, kind), (most, message) in zip(table.keys, _MAX_KEY_BYTES, strict=False):
        value = image[name][kind]
        check_not_empty(name, kind, value)
        _check_length(kind, value, most, message)
        key.append((kind, value))
    return (key[0], key[1] if len(key) > 1 else None)


def check_key_paths(table: Table, paths: Iterable[Path]) -> None:
    """Refuse paths that lead into a key attribute, of the table or of an index: keys are scalars."""
    names = {name for name, _ in table.keys}
    of_indexes = {key.attribute for key in table.index_keys}
    for path in paths:
        if len(path) > 1 and path[0] in names | of_indexes:
            which = "Key" if path[0] in names else "IndexKey"
            raise invalid(
                "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
                f"{which}: {path[0]}"
            )


def _check_length(kind: str, value: str, most: int, message: str) -> None:
    # Measured in bytes: a character of text takes four at most.
    if len(value) * 4 > most and kind != "N" and value_size(kind, value) > most:
        raise invalid(_INVALID + message)


def check_not_empty(name: str, kind: str, value: Any, index: str | None = None) -> None:
    """Refuse an empty value of a key attribute, of the table or of an index."""
    if value != "":
        return
    if index is None:
        raise invalid(NOT_VALID + _EMPTY_KEY.format(kind=_KINDS[kind], name=name))
    raise invalid(
        f"{NOT_VALID}A value specified for a secondary index key is not supported. "
        "The AttributeValue for a key attribute cannot contain an empty "
        f"{_KINDS[kind]} value. IndexName: {index}, IndexKey: {name}"
    )


def key_image(table: Table, key: ItemKey) -> Image:
    """The key as an image."""
    return {name: {part[0]: part[1]} for (name, _), part in zip(table.keys, key, strict=False) if part}


def check_index_keys(table: Table, image: Image, *, is_update: bool = False) -> None:
    """Refuse an item whose attribute has not the type or the length that an index asks of its key."""
    for index, name, kind, is_sort_key in table.index_keys:
        typed = image.get(name)
        if typed is None:
            continue
        if kind not in typed:
            raise invalid(
                f"{_INVALID}Type mismatch for Index Key {name} Expected: {kind} Actual: {next(iter(typed))} "
                f"IndexName: {index}"
            )
        if is_update and typed[kind] == "":
            raise invalid(
                f"{NOT_VALID}The update expression attempted to update a secondary index key to a value that "
                "is not supported. The AttributeValue for a key attribute cannot contain an empty "
                f"{_KINDS[kind]} value."
            )
        check_not_empty(name, kind, typed[kind], index)
        _check_length(kind, typed[kind], *_MAX_KEY_BYTES[is_sort_key])
