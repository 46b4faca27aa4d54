"""A copy that holds the newest state of each item, whatever comes twice, late or in the wrong order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from cdc_lab.patterns.deserializer import Item
from cdc_lab.patterns.records import MissingImageError, StreamRecord

SHOWN = "shown"
"""The attribute of a copy's row that holds the sequence number of the change that it shows."""
GONE = "gone"
"""The attribute that marks the row of an item that was deleted: its tombstone."""
EXPIRES = "expires_at"
"""The attribute that says when time to live may take a tombstone, in epoch seconds."""

_DIGITS = 40  # the longest a sequence number may be (fact A8), two more than a DynamoDB number holds
_OLDEST = "0" * _DIGITS

View = Callable[[Item], Item]


def keep_latest(
    record: StreamRecord | Mapping[str, Any],
    copy: Any,
    view: View = dict,
    *,
    tombstone_life: timedelta | None = None,
) -> bool:
    """Put what a record shows into a copy, unless the copy shows something newer of that item.

    Each row carries the sequence number of its change, as text of equal length, which compares like the
    number. A record that is not newer than its row changes nothing, so deliveries may repeat and come late
    (fact D21). Numbers are compared within one item only (facts A36 and A37).

    Parameters
    ----------
    record : StreamRecord or mapping
        A change from a stream with new images; a raw record may have either form.
    copy : boto3 Table
        With the key attributes of the source table, and written to by this stream alone: sequence numbers of
        another stream do not compare with these.
    view : callable, optional
        What of the item the copy holds, from new image to attributes. The key is added.
    tombstone_life : timedelta, optional
        How long after a delete its tombstone stays: its row gets `expires_at`, in epoch seconds, on which the
        copy needs time to live. Longer than a record can be late. Without it, tombstones stay for ever.

    Returns
    -------
    bool
        Whether the copy changed. False: it had shown this change, or a newer one.

    Raises
    ------
    MissingImageError
        The stream's view type has no new images.

    Notes
    -----
    A REMOVE leaves a tombstone, ``gone=True``: without it, a late record of an older change would bring the
    item back. A stream delivers for 24 hours (fact A38), and a redrive from a bucket later still.
    """
    record = StreamRecord.of(record)
    if not record.has_new_images:
        raise MissingImageError(
            f"a copy needs new images, and a stream of view type {record.view_type} has none: "
            "enable the stream with NEW_IMAGE or NEW_AND_OLD_IMAGES"
        )
    if record.new_image is not None:
        state = view(record.new_image)
    else:
        state = {GONE: True}
        if tombstone_life is not None:
            state[EXPIRES] = int((record.created_at + tombstone_life).timestamp())
    return _put_if_newer(copy, {**state, **record.keys}, record.sequence_number.zfill(_DIGITS))


def backfill(items: Iterable[Item], copy: Any, view: View = dict) -> int:
    """Put items from a scan into a copy where it knows nothing of them yet; return how many it took.

    A scanned item counts as older than every record. So the scan and `keep_latest` may run in any order, and
    side by side; what counts is that the stream was enabled before the scan began (fact A34).

    Parameters
    ----------
    items : iterable of dict
        Whole items, as a scan returns them.
    copy : boto3 Table
        As for `keep_latest`.
    view : callable, optional
        As for `keep_latest`.
    """
    names = [part["AttributeName"] for part in copy.key_schema]
    rows = ({**view(item), **{name: item[name] for name in names}} for item in items)
    return sum(_put_if_newer(copy, row, _OLDEST) for row in rows)


def shown_items(rows: Iterable[Item]) -> list[Item]:
    """Return the rows of a copy as the items that they show: no tombstones, no sequence numbers."""
    return [{name: row[name] for name in row if name != SHOWN} for row in rows if GONE not in row]


def _put_if_newer(copy: Any, row: Item, number: str) -> bool:
    try:
        copy.put_item(
            Item={**row, SHOWN: number},
            ConditionExpression="attribute_not_exists(#shown) OR #shown < :number",
            ExpressionAttributeNames={"#shown": SHOWN},
            ExpressionAttributeValues={":number": number},
        )
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ConditionalCheckFailedException":
            raise
        return False
    return True
