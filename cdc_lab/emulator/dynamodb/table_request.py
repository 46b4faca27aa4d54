"""What ``Lab.create_table`` asks DynamoDB for."""

from __future__ import annotations

from typing import Any

from cdc_lab.errors import LabError

MAX_SHARDS = 100
_KEY_TYPES = ("S", "N", "B")

Key = str | tuple[str, str]


def table_request(
    name: str, partition_key: Key, sort_key: Key | None, stream_view_type: str | None
) -> dict[str, Any]:
    """The request of CreateTable for an on-demand table.

    Parameters
    ----------
    name : str
    partition_key, sort_key : str or (str, str)
        Attribute name, or name and type; a string by default.
    stream_view_type : str or None
        None for a table without a stream.
    """
    keys = [_key(key) for key in (partition_key, sort_key) if key is not None]
    request: dict[str, Any] = {
        "TableName": name,
        "KeySchema": [
            {"AttributeName": key, "KeyType": role}
            for (key, _), role in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": kind} for key, kind in keys],
        "BillingMode": "PAY_PER_REQUEST",
    }
    if stream_view_type is not None:
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream_view_type}
    return request


def checked_shards(shards: Any) -> int:
    """A number of shards that a stream can start with; refuse any other."""
    if type(shards) is not int or not 1 <= shards <= MAX_SHARDS:
        raise LabError(f"shards={shards!r} is not a number of shards: take 1 to {MAX_SHARDS}")
    return shards


def _key(given: Key) -> tuple[str, str]:
    name, kind = (given, "S") if isinstance(given, str) else given
    if kind not in _KEY_TYPES:
        raise LabError(f"key {name} cannot have type {kind!r}: DynamoDB keys are S, N or B")
    return name, kind
