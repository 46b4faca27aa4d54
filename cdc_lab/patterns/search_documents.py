"""What a change means for a search index: one document to be put or removed, with its version."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple, SupportsBytes, cast

from boto3.dynamodb.types import Binary

from cdc_lab.patterns.deserializer import Item

Document = dict[str, Any]
"""What is indexed: field name to a value that JSON has."""

MAX_VERSION = 2**63 - 1  # versions are signed 64-bit numbers; a sequence number has 21 digits and more (A8)


class Action(NamedTuple):
    """One document to be put or removed, unless the index knows a newer version of it."""

    document_id: str
    version: int
    document: Document | None  # None: to be removed

    def lines(self) -> str:
        """Its lines in the body of a bulk request."""
        # A document is older than one of the same version that was removed: external_gte lets the removal
        # win over its own version, external keeps that version from coming back. So a flight that returns
        # may have the very next one.
        operation, kind = ("delete", "external_gte") if self.document is None else ("index", "external")
        meta = {operation: {"_id": self.document_id, "version": self.version, "version_type": kind}}
        parts = [meta] if self.document is None else [meta, self.document]
        return "".join(json.dumps(part, ensure_ascii=False) + "\n" for part in parts)


def as_document(item: Item) -> Document:
    """Return an item as JSON has it.

    Numbers become JSON's (whole ones int, others float, with its 15 to 17 digits), sets sorted lists, binary
    values base64 text; all else stays. An index is for finding: exact values are in the table.
    """
    return {name: _plain(value) for name, value in item.items()}


def document_id(keys: Item) -> str:
    """Return the id of an item's document: its key's value, or both values as a JSON list, sorted by name."""
    values = [str(_plain(keys[name])) for name in sorted(keys)]
    return values[0] if len(values) == 1 else json.dumps(values, ensure_ascii=False)


def index_body(
    properties: Mapping[str, Any] | None = None, keep_deletes: timedelta = timedelta(hours=48)
) -> dict[str, Any]:
    """Return the body for ``client.indices.create`` of an index that a stream follows.

    Parameters
    ----------
    properties : mapping, optional
        Field name to its mapping; other fields are mapped by their first value.
    keep_deletes : timedelta
        How long the index remembers the version of a removed document, and so refuses an older one. By
        default an index forgets it after 60 seconds, and a late record, or a rebuild that read the item
        before it was deleted, brings the document back for good. Longer than a record can be late (24
        hours, fact A38) and than a rebuild takes; each costs some memory meanwhile.
    """
    seconds = f"{int(keep_deletes.total_seconds())}s"
    body: dict[str, Any] = {"settings": {"index": {"gc_deletes": seconds}}}
    return body | {"mappings": {"properties": dict(properties)}} if properties else body


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == int(value) and abs(value) <= MAX_VERSION else float(value)
    if isinstance(value, Binary | bytes | bytearray):
        return b64encode(bytes(cast("SupportsBytes", value))).decode()
    if isinstance(value, set | frozenset):
        return sorted(_plain(entry) for entry in value)
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if isinstance(value, Mapping):
        return {name: _plain(entry) for name, entry in value.items()}
    return value
