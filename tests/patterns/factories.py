"""Stream records for tests, in the two forms that AWS gives them, made from plain items.

They follow the facts: images by view type and event (A19), sizes (A17, A18), whole seconds (A9), base64 in a
Lambda event and bytes from GetRecords (A11), the two spellings of `userIdentity` (A14).
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import md5
from typing import Any

from boto3.dynamodb.types import TypeSerializer
from hypothesis import HealthCheck, settings

STREAM_ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/flights/stream/2013-03-08T10:00:00.000"
FIRST_SEQUENCE_NUMBER = 300000000000000499659
CREATED = datetime(2013, 3, 8, 12, 30, tzinfo=UTC)

# A property does not fail for a slow machine, and a failure prints how to repeat it.
property_test = settings(
    deadline=None, max_examples=60, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)

Item = Mapping[str, Any]


def typed(item: Item) -> dict[str, Any]:
    """An item as boto3's low-level clients show it: binary as bytes."""
    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in item.items()}


def event_image(item: Item) -> dict[str, Any]:
    """An item as in a Lambda event: binary as base64 text."""
    return {name: _as_json(value) for name, value in typed(item).items()}


def make_get_records_record(
    event_name: str = "INSERT",
    *,
    new: Item | None = None,
    old: Item | None = None,
    key_names: tuple[str, ...] = ("flight_id",),
    view_type: str = "NEW_AND_OLD_IMAGES",
    number: int = 0,
    created: datetime = CREATED,
    ttl_delete: bool = False,
) -> dict[str, Any]:
    """One element of `Records` as boto3's GetRecords returns it.

    `new` and `old` are the item after and before; what the event or the view type does not show is left out.
    `number` counts records: it makes the sequence number and the event id.
    """
    whole = new or old or {"flight_id": "UA1545"}
    images = {"Keys": {name: whole[name] for name in key_names}}
    if event_name != "REMOVE" and view_type in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
        images["NewImage"] = dict(new if new is not None else whole)
    if event_name != "INSERT" and view_type in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
        images["OldImage"] = dict(old if old is not None else whole)
    sequence_number = str(FIRST_SEQUENCE_NUMBER + 7 * number)
    record: dict[str, Any] = {
        "eventID": md5(sequence_number.encode()).hexdigest(),
        "eventName": event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": created.replace(microsecond=0),
            **{name: typed(image) for name, image in images.items()},
            "SequenceNumber": sequence_number,
            "SizeBytes": sum(map(item_size, images.values())),
            "StreamViewType": view_type,
        },
    }
    if ttl_delete:
        record["userIdentity"] = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    return record


def make_record(event_name: str = "INSERT", **change: Any) -> dict[str, Any]:
    """One element of `Records` in a Lambda event; the arguments of `make_get_records_record`."""
    record = make_get_records_record(event_name, **change)
    dynamodb = record["dynamodb"]
    dynamodb["ApproximateCreationDateTime"] = dynamodb["ApproximateCreationDateTime"].timestamp()
    for name in ("Keys", "NewImage", "OldImage"):
        if name in dynamodb:
            dynamodb[name] = {key: _as_json(value) for key, value in dynamodb[name].items()}
    if "userIdentity" in record:
        record["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    record["eventSourceARN"] = STREAM_ARN
    return record


def make_event(*records: dict[str, Any]) -> dict[str, Any]:
    """The event that a handler gets."""
    return {"Records": list(records)}


def make_batch(count: int) -> dict[str, Any]:
    """An event of `count` inserts of different flights, numbered from 0."""
    return make_event(*(make_record(new={"flight_id": f"UA{n}"}, number=n) for n in range(count)))


def sequence_number(record: dict[str, Any]) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


def item_size(item: Item) -> int:
    """Bytes of an item by the rules of fact A18."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Any) -> int:
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, int | Decimal):
        digits = "".join(map(str, Decimal(value).as_tuple().digits)).strip("0")
        return math.ceil(len(digits) / 2) + 1
    if isinstance(value, Mapping):
        return 3 + sum(1 + len(name.encode()) + _value_size(element) for name, element in value.items())
    if isinstance(value, list):
        return 3 + sum(1 + _value_size(element) for element in value)
    if isinstance(value, set | frozenset):
        return sum(map(_value_size, value))
    return len(bytes(value))


def _as_json(value: Any) -> Any:
    """Bytes, at any depth, as the base64 text that JSON has for them; the rest as it is."""
    if isinstance(value, bytes | bytearray):
        return b64encode(value).decode()
    if isinstance(value, dict):
        return {name: _as_json(element) for name, element in value.items()}
    if isinstance(value, list):
        return [_as_json(element) for element in value]
    return value
