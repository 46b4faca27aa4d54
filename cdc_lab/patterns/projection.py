"""A table that shows the present state of each aggregate, fed by the stream of its events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from cdc_lab.patterns.deserializer import Item
from cdc_lab.patterns.event_store import Event, EventStore, Versioned
from cdc_lab.patterns.records import MissingImageError, StreamRecord

_ATTEMPTS = 5


class ProjectionConflict(Exception):
    """Others wrote the row again and again meanwhile: let the record be delivered once more."""


class Projection:
    """One row for each aggregate: its state, and in ``version`` the last event that is in it.

    The events of one aggregate are different items, with one partition key. A stream keeps the order of each
    item, and promises nothing between items (fact A36); with a parallelization factor two events of one
    aggregate may be processed at the same time, or the later one first (fact C14). So a record is taken for a
    call to look, not for the next event: what lies between the row and the event is read from the store.

    Parameters
    ----------
    store : EventStore
    rows : boto3 Table
        With the string partition key ``aggregate_id``. The state's own attributes stand beside it, so no
        state may use the names ``aggregate_id`` and ``version``.
    """

    def __init__(self, store: EventStore, rows: Any) -> None:
        self._store = store
        self._rows = rows

    def follow(self, record: StreamRecord | Mapping[str, Any]) -> bool:
        """Bring the row up to a record's event; False when it was there already, or the record is no INSERT.

        Only an INSERT is an event. A REMOVE is time to live at work on old events: what they told stays true.

        Raises
        ------
        MissingEventsError
            An event before this one cannot be read: fail the record, and it comes again.
        MissingImageError
            The stream has no new images.
        ProjectionConflict
            Other writers were quicker five times.
        """
        record = StreamRecord.of(record)
        if record.event_name != "INSERT":
            return False
        if record.new_image is None:
            raise MissingImageError(
                "a projection needs new images: enable the stream with NEW_IMAGE or NEW_AND_OLD_IMAGES"
            )
        event = self._store.event(record.new_image)
        for _ in range(_ATTEMPTS):
            before = self._row(event.aggregate_id)
            if event.version <= before.version:
                return False
            if self._put(event.aggregate_id, before, self._store.after(before, self._between(before, event))):
                return True
        raise ProjectionConflict(f"{event.aggregate_id} version {event.version}")

    def rebuild(self) -> int:
        """Make every row from the events alone, into a table that was empty; return how many rows it wrote.

        The stream may go on meanwhile: a row that has got further is left as it is.
        """
        written = 0
        for aggregate_id in self._store.aggregate_ids():
            before, now = self._row(aggregate_id), self._store.load(aggregate_id)
            if now.version > before.version:
                written += self._put(aggregate_id, before, now)
        return written

    def _between(self, before: Versioned, event: Event) -> Iterator[Event]:
        if event.version > before.version + 1:
            yield from self._store.events(event.aggregate_id, before.version, event.version - 1)
        # The record's own event need not be read: by now time to live may have removed it.
        yield event

    def _row(self, aggregate_id: str) -> Versioned:
        found = self._rows.get_item(Key={"aggregate_id": aggregate_id}, ConsistentRead=True).get("Item")
        if found is None:
            return Versioned({}, 0)
        state = {name: found[name] for name in found if name not in ("aggregate_id", "version")}
        return Versioned(state, int(found["version"]))

    def _put(self, aggregate_id: str, before: Versioned, now: Versioned) -> bool:
        row: Item = {**now.state, "aggregate_id": aggregate_id, "version": now.version}
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(aggregate_id)"}
        if before.version:
            condition = {
                "ConditionExpression": "#v = :before",
                "ExpressionAttributeNames": {"#v": "version"},
                "ExpressionAttributeValues": {":before": before.version},
            }
        try:
            self._rows.put_item(Item=row, **condition)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ConditionalCheckFailedException":
                raise
            return False
        return True
