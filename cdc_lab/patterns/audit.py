"""An audit log: one row for each change of an item, and what the item was at any moment."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from cdc_lab.patterns.deserializer import Item
from cdc_lab.patterns.pages import every_item
from cdc_lab.patterns.records import StreamRecord

_DIGITS = 40  # the longest a sequence number may be (fact A8)
_LAST = datetime.max.replace(tzinfo=UTC)


class Entry(NamedTuple):
    """One row of the log.

    Attributes
    ----------
    at : datetime
        When the change was made, in whole seconds (fact A9).
    event_name : str
        INSERT, MODIFY or REMOVE.
    by : str
        Who: the attribute that the writers keep, or ``time to live``; empty when nothing tells.
    before : dict
        The old values of what changed; an attribute that was added is not in it.
    changed : list of str
        The names of what changed, the added and removed among them.
    after : dict or None
        The whole item after the change; None when it is gone.
    """

    at: datetime
    event_name: str
    by: str
    before: Item
    changed: list[str]
    after: Item | None


def write_audit(record: StreamRecord | Mapping[str, Any], log: Any, who: str = "") -> bool:
    """Add the row of a change to the log; return False when it is there already.

    Nothing in the row comes from the moment of processing, so every delivery of a record makes the same row:
    the log needs no other memory. A row is never written over.

    Parameters
    ----------
    record : StreamRecord or mapping
        A change from a stream of view type ``NEW_AND_OLD_IMAGES``; a raw record may have either form.
    log : boto3 Table
        With the string partition key ``item`` and the string sort key ``change``, and no time to live.
    who : str, optional
        The attribute in which the writers say who they are: the record itself tells a delete by time to live
        from everything else, and no more (facts A14 and A15). A REMOVE shows who wrote last, not who deleted.

    Raises
    ------
    MissingImageError
        The stream's view type is not ``NEW_AND_OLD_IMAGES``.
    ClientError
        The log did not take the row. One with both images near DynamoDB's 400 KB does not fit.
    """
    record = StreamRecord.of(record)
    changes = record.changes()
    before = {name: change.old for name, change in changes.items() if change.kind != "added"}
    row = {
        "item": _item_id(record.keys),
        "change": f"{record.created_at.isoformat()}#{record.sequence_number.zfill(_DIGITS)}",
        "event_name": record.event_name,
        "event_id": record.event_id,
        "by": _writer(record, who),
        "before": before,
        "changed": sorted(changes),
        "after": record.new_image,
    }
    try:
        log.put_item(
            Item=row,
            ConditionExpression="attribute_not_exists(#c)",
            ExpressionAttributeNames={"#c": "change"},
        )
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ConditionalCheckFailedException":
            raise
        return False
    return True


def history(log: Any, keys: Mapping[str, Any], until: datetime | None = None) -> list[Entry]:
    """Return the changes of one item, oldest first.

    Parameters
    ----------
    log : boto3 Table
    keys : mapping
        The item's key attributes.
    until : aware datetime, optional
        Leave out the changes after this moment; those of its second are in.
    """
    return list(_entries(log, keys, until, newest_first=False))


def item_at(log: Any, keys: Mapping[str, Any], moment: datetime) -> Item | None:
    """Return what an item was at a moment; None when it was not there.

    A record's time is a whole second (fact A9): the moment's own second counts as past.

    Parameters
    ----------
    log : boto3 Table
    keys : mapping
        The item's key attributes.
    moment : aware datetime

    Raises
    ------
    LookupError
        The log holds nothing of this item up to then. It may have been there all the same: a log begins
        with its stream (fact A34).
    """
    latest = next(_entries(log, keys, moment, newest_first=True), None)
    if latest is None:
        raise LookupError(f"the log has no change of {_item_id(keys)} up to {moment.isoformat()}")
    return latest.after


def _entries(
    log: Any, keys: Mapping[str, Any], until: datetime | None, newest_first: bool
) -> Iterator[Entry]:
    request: dict[str, Any] = {
        "KeyConditionExpression": "#item = :item AND #c <= :until",
        "ExpressionAttributeNames": {"#item": "item", "#c": "change"},
        "ExpressionAttributeValues": {":item": _item_id(keys), ":until": _end_of(until or _LAST)},
        "ScanIndexForward": not newest_first,
        "ConsistentRead": True,
    }
    return map(_entry, every_item(log.query, **request))


def _end_of(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    # "$" comes after "#": every change of that second is before it.
    return f"{moment.astimezone(UTC).replace(microsecond=0).isoformat()}$"


def _entry(row: Item) -> Entry:
    at = datetime.fromisoformat(row["change"].partition("#")[0])
    return Entry(at, row["event_name"], row["by"], row["before"], row["changed"], row["after"])


def _item_id(keys: Mapping[str, Any]) -> str:
    texts = [_key_value(keys[name]) for name in sorted(keys)]
    # Joined by a separator, two keys could be taken for another item's: ("a#b", "c") and ("a", "b#c").
    return texts[0] if len(texts) == 1 else json.dumps(texts)


def _key_value(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | Decimal):
        return f"{Decimal(value).normalize():f}"  # 1, 1.0 and 1E0 are one key
    return bytes(value).hex()


def _writer(record: StreamRecord, who: str) -> str:
    if record.is_ttl_delete:
        return "time to live"
    image = record.new_image or record.old_image or {}
    return str(image.get(who, "")) if who else ""
