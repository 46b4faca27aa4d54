"""Stream records for the tests of the patterns: those of ``cdc_lab.testing``, of flights, named by event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeSerializer
from hypothesis import HealthCheck, settings

from cdc_lab.testing import event_image, get_records_record, stream_event, stream_record
from cdc_lab.testing.events import CREATED, STREAM_ARN

__all__ = ["CREATED", "STREAM_ARN", "event_image"]

# A property does not fail for a slow machine, and a failure prints how to repeat it.
property_test = settings(
    deadline=None, max_examples=60, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)

Item = Mapping[str, Any]


def typed(item: Item) -> dict[str, Any]:
    """An item as boto3's low-level clients show it: binary as bytes."""
    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in item.items()}


def _change(
    event_name: str,
    new: Item | None = None,
    old: Item | None = None,
    key_names: tuple[str, ...] = ("flight_id",),
    **options: Any,
) -> dict[str, Any]:
    whole = new or old or {"flight_id": "UA1545"}
    return {
        "new": None if event_name == "REMOVE" else new if new is not None else whole,
        "old": None if event_name == "INSERT" else old if old is not None else whole,
        "event_name": event_name,
        "keys": key_names,
        **options,
    }


def make_get_records_record(event_name: str = "INSERT", **change: Any) -> dict[str, Any]:
    """One element of `Records` as boto3's GetRecords returns it; `new` and `old` may both be given always."""
    return get_records_record(**_change(event_name, **change))


def make_record(event_name: str = "INSERT", **change: Any) -> dict[str, Any]:
    """One element of `Records` in a Lambda event; the arguments of `make_get_records_record`."""
    return stream_record(**_change(event_name, **change))


def make_event(*records: dict[str, Any]) -> dict[str, Any]:
    """The event that a handler gets."""
    return {"Records": list(records)}


def make_batch(count: int) -> dict[str, Any]:
    """An event of `count` inserts of different flights, numbered from 0."""
    return stream_event(*({"flight_id": f"UA{n}"} for n in range(count)))


def sequence_number(record: dict[str, Any]) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number
