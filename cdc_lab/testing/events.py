"""Stream records for tests, in the two forms that AWS gives them, made from plain items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import md5
from typing import TYPE_CHECKING, Any

from cdc_lab.errors import LabError

if TYPE_CHECKING:
    from cdc_lab.emulator.streams.shards import StoredRecord

STREAM_ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/flights/stream/2013-03-08T10:00:00.000"
_EVENTS = ("INSERT", "MODIFY", "REMOVE")
CREATED = datetime(2013, 3, 8, 12, 30, tzinfo=UTC)

# The second record's number is one digit longer than the first's and begins with a lower one: a handler that
# compares sequence numbers as strings finds them in the wrong order (A8).
_FIRST_NUMBER, _STEP = 300000000000000499659, 700000000000000000003

Item = Mapping[str, Any]


def stream_event(*records: Item) -> dict[str, Any]:
    """The event that Lambda hands to a handler (A2).

    Parameters
    ----------
    *records : mapping
        Items, each inserted by a record of its own, numbered by its place; or records made by
        :func:`stream_record`, which stay as they are.

    Examples
    --------
    >>> event = stream_event({"order_id": "o1", "total": 84}, {"order_id": "o2"})
    >>> event["Records"][0]["dynamodb"]["NewImage"]
    {'order_id': {'S': 'o1'}, 'total': {'N': '84'}}
    """
    for given in records:
        if not isinstance(given, Mapping):
            raise LabError(f"stream_event({given!r}): give items as dicts, or records of stream_record(...)")
    made = [
        dict(given) if "dynamodb" in given and "eventID" in given else stream_record(given, number=place)
        for place, given in enumerate(records)
    ]
    numbers = [record["dynamodb"]["SequenceNumber"] for record in made]
    twice = next((number for number in numbers if numbers.count(number) > 1), None)
    if twice is not None:
        raise LabError(f"two records have SequenceNumber {twice}: give one stream_record(..., number=...)")
    return {"Records": made}


def stream_record(
    new: Item | None = None, old: Item | None = None, *, stream_arn: str = STREAM_ARN, **options: Any
) -> dict[str, Any]:
    """One element of a Lambda event's ``Records``, exactly as AWS builds it (A2, A3, A7 to A19).

    Parameters
    ----------
    new, old : mapping, optional
        The item after and before the change, in Python's types as boto3's resources take them: only
        `new` makes an INSERT, both a MODIFY, only `old` a REMOVE.
    stream_arn : str
    **options
        ``keys``: name, or names, of the key attributes; the item's first attribute by default.
        ``view_type``: which images are shown, ``"NEW_AND_OLD_IMAGES"`` by default (A19).
        ``number``: counts records, from 0; sequence number and event id follow from it.
        ``created``: aware datetime of the change, shown in whole seconds (A9).
        ``ttl_delete``: whether time to live removed the item (A14).
        ``event_name``: by default what `new` and `old` say.

    Raises
    ------
    LabError
        For a change that leaves no record on AWS: of nothing, of a key, or to an equal item (A23).

    Examples
    --------
    >>> record = stream_record({"order_id": "o1", "paid": True}, {"order_id": "o1", "paid": False})
    >>> record["eventName"], record["dynamodb"]["SizeBytes"]
    ('MODIFY', 40)
    """
    return _stored(new, old, **options).to_event(stream_arn)


def get_records_record(new: Item | None = None, old: Item | None = None, **options: Any) -> dict[str, Any]:
    """The same record as boto3's GetRecords returns it: bytes, datetime, no ARN (A1, A9, A11, A14).

    Parameters are those of :func:`stream_record`, without ``stream_arn``.
    """
    return _stored(new, old, **options).to_get_records()


def event_image(item: Item) -> dict[str, Any]:
    """An item as an image of a Lambda event: numbers as strings, binary as base64 text (A11, A12)."""
    from boto3.dynamodb.types import TypeSerializer

    from cdc_lab.emulator.dynamodb.images import as_json

    serialize = TypeSerializer().serialize
    try:
        return {name: as_json(serialize(value)) for name, value in item.items()}
    except TypeError as error:
        raise LabError(f"item {dict(item)!r}: {error}") from None


def _stored(
    new: Item | None,
    old: Item | None,
    *,
    keys: str | Iterable[str] = (),
    view_type: str = "NEW_AND_OLD_IMAGES",
    number: int = 0,
    created: datetime = CREATED,
    ttl_delete: bool = False,
    event_name: str | None = None,
) -> StoredRecord:
    # The lab's own record: what a handler gets here and what it gets behind a stream cannot differ.
    from cdc_lab.clock import aware
    from cdc_lab.emulator.dynamodb.attribute_values import accept_image
    from cdc_lab.emulator.dynamodb.images import PackedImage, label
    from cdc_lab.emulator.streams.shards import StoredRecord

    _check(new, old, view_type, event_name, number)
    after, before = (None if item is None else accept_image(event_image(item)) for item in (new, old))
    whole = after or before
    if not whole:
        raise LabError("a record of no item: give stream_record(new), (new, old) or (old=...)")
    names = [keys] if isinstance(keys, str) else list(keys) or [next(iter(whole))]
    for image in (after, before):
        missing = [name for name in names if image is not None and image.get(name) != whole.get(name)]
        if missing or any(name not in whole for name in names):
            raise LabError(f"key {names} is not the same in {new!r} and {old!r}: name it with keys=...")
    if event_name is None:
        if after == before:
            raise LabError(f"{new!r} changed to an equal item: DynamoDB writes no record of that (A23)")
        event_name = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
    key = {name: whole[name] for name in names}
    record = StoredRecord(
        event_id=md5(str(number).encode(), usedforsecurity=False).hexdigest(),
        event_name=event_name,
        written=aware(created, "created").timestamp(),
        keys=label(key),
        key_image=PackedImage(key),
        new=None if after is None else PackedImage(after),
        old=None if before is None else PackedImage(before),
        view_type=view_type,
        region="us-east-1",
        service_delete=ttl_delete,
    )
    record.sequence_number = _FIRST_NUMBER + number * _STEP
    return record


def _check(new: Item | None, old: Item | None, view_type: str, event_name: str | None, number: int) -> None:
    from cdc_lab.emulator.streams.view_types import VIEW_TYPES

    for what, item in (("new", new), ("old", old)):
        if item is not None and not isinstance(item, Mapping):
            raise LabError(f"{what}={item!r}: give an item as a dict")
    for what, value, known in (("view_type", view_type, VIEW_TYPES), ("event_name", event_name, _EVENTS)):
        if value is not None and value not in known:
            raise LabError(f"{what}={value!r}: give one of {', '.join(known)}")
    if type(number) is not int or number < 0:
        raise LabError(f"number={number!r}: give a whole number, 0 or more")
