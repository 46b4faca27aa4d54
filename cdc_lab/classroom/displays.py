"""What a lesson lays out for the eye: records, a diff of two images, shards with their lineage, a batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cdc_lab.patterns import StreamRecord, deserialize
from cdc_lab.patterns.changes import diff
from cdc_lab.patterns.deserializer import is_typed
from cdc_lab.patterns.display import as_text, key_text
from cdc_lab.show.panels import ClassroomError
from cdc_lab.show.tables import RecordTable, Table, counted

if TYPE_CHECKING:
    from cdc_lab.trace import Trace


class DisplayError(ClassroomError):
    """Something was given to a display that it cannot lay out."""


def show_records(records: Iterable[StreamRecord | Mapping[str, Any]]) -> RecordTable:
    """Show records as a table, one row each.

    Parameters
    ----------
    records : iterable
        ``StreamRecord``, or raw records as GetRecords or a Lambda event holds them.

    Returns
    -------
    RecordTable
        The records as a list.
    """
    return RecordTable(StreamRecord.of(record) for record in records)


def show_diff(
    old: StreamRecord | Mapping[str, Any] | None, new: Mapping[str, Any] | None = None, caption: str = ""
) -> Table:
    """Show what changed between two images: each attribute that was added, changed or removed.

    Parameters
    ----------
    old : StreamRecord, raw record, image or None
        A record alone, or the image before.
    new : image or None
        The image after. Images are plain values or attribute values (``{"S": "ontime"}``).
    caption : str
        Instead of the one that names the item.

    Raises
    ------
    MissingImageError
        The record's view type does not carry both images (A19).
    """
    if isinstance(old, StreamRecord) or (isinstance(old, Mapping) and "dynamodb" in old):
        record = StreamRecord.of(old)
        caption = caption or f"{record.event_name} {key_text(record.keys)}"
        old, new = record.both_images("a diff")
    before, after = _plain(old), _plain(new)
    rows = [
        [
            name,
            *(None if side == change.kind else as_text(value) for side, value in _sides(change)),
            change.kind,
        ]
        for name, change in diff(before, after).items()
    ]
    same = len(before.keys() | after.keys()) - len(rows)
    differ = f"{len(rows)} of {len(rows) + same} attributes differ"
    return Table(["attribute", "old", "new", "change"], rows, f"{caption}: {differ}" if caption else differ)


def show_shards(shards: Sequence[Mapping[str, Any]] | Mapping[str, Any]) -> Table:
    """Show shards with their lineage: parents before children, a child set in below its parent.

    Parameters
    ----------
    shards : list of dict, or dict
        The ``Shards`` of DescribeStream, or its answer (B6, B7).
    """
    listed = shards.get("StreamDescription", shards)["Shards"] if isinstance(shards, Mapping) else shards
    known = {shard["ShardId"]: shard for shard in listed}
    rows = [_shard_row(known[shard_id], depth) for shard_id, depth in _lineage(known)]
    is_open = sum(row[2] == "open" for row in rows)
    columns = ["shard", "parent", "state", "starting sequence number", "ending sequence number"]
    return Table(columns, rows, f"{counted(len(rows), 'shard')}, {is_open} open")


def show_batch(trace: Trace, invocation: int) -> Table:
    """Show the batch of one invocation: its records in order, which delivery of each it was, how it ended.

    Parameters
    ----------
    trace : Trace
        What ``lab.run()`` returned.
    invocation : int
        Its number in ``trace.invocations``.

    Raises
    ------
    DisplayError
        When the trace has no such invocation.
    """
    frame = trace.invocations
    found = frame[frame["invocation"] == invocation]
    if found.empty:
        numbers = f"{frame['invocation'].min()} to {frame['invocation'].max()}" if len(frame) else "none"
        raise DisplayError(f"the trace has no invocation {invocation!r}: it has {numbers}.")
    call = found.iloc[0]
    error = f" ({call['error']})" if isinstance(call["error"], str) and call["error"] else ""
    caption = (
        f"invocation {invocation} of {call['function']}, attempt {call['attempt']}, "
        f"{counted(call['records'], 'record')}: {call['outcome']}{error}"
    )
    columns = {
        "position": "position",
        "event": "event_name",
        "keys": "keys",
        "sequence number": "sequence_number",
        "delivery": "delivery",
        "outcome": "outcome",
    }
    rows = trace.deliveries[trace.deliveries["invocation"] == invocation].sort_values("position")
    return Table(list(columns), rows[list(columns.values())].to_numpy(dtype=object).tolist(), caption)


def _sides(change: Any) -> tuple[tuple[str, Any], tuple[str, Any]]:
    # An added attribute has no old side, a removed one no new side; a NULL has both.
    return ("added", change.old), ("removed", change.new)


def _plain(image: Mapping[str, Any] | None) -> dict[str, Any]:
    if image is None:
        return {}
    if image and all(map(is_typed, image.values())):
        return deserialize(image)
    return dict(image)


def _lineage(known: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, int]]:
    # DescribeStream promises no order (B23); ids carry the time of creation (B8).
    children: dict[str | None, list[str]] = {}
    for shard_id in sorted(known):
        parent = known[shard_id].get("ParentShardId")
        children.setdefault(parent if parent in known else None, []).append(shard_id)
    order: list[tuple[str, int]] = []
    todo = [(shard_id, 0) for shard_id in reversed(children.get(None, []))]
    while todo:
        shard_id, depth = todo.pop()
        order.append((shard_id, depth))
        todo += [(child, depth + 1) for child in reversed(children.get(shard_id, []))]
    return order


def _shard_row(shard: Mapping[str, Any], depth: int) -> list[object]:
    span = shard["SequenceNumberRange"]
    ending = span.get("EndingSequenceNumber")
    parent = shard.get("ParentShardId")
    return [
        ("  " * (depth - 1) + "└ " if depth else "") + shard["ShardId"],
        f"…{parent[-8:]}" if parent else None,
        "closed" if ending else "open",
        span["StartingSequenceNumber"],
        ending,
    ]
