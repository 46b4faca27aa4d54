"""Events as the truth: a table to which one only appends, and the states that follow from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from cdc_lab.patterns.deserializer import Item
from cdc_lab.patterns.pages import every_item

MAX_EVENTS = 100  # of one append: a transaction has at most 100 actions (fact D19)
_REFUSED = ("ConditionalCheckFailed", "ConditionalCheckFailedException")


class ConcurrencyError(Exception):
    """Somebody else appended first: load again, decide again, append again."""


class MissingEventsError(Exception):
    """Versions are missing between those that are there: a state made of them would be wrong."""


@dataclass(frozen=True)
class Event:
    """Something that happened to an aggregate, such as one flight.

    Parameters
    ----------
    type : str
        In the past tense: ``"departed"``.
    at : datetime
        When it happened: aware. When it was written down is another matter, and may be much later.
    data : dict
        Values that DynamoDB takes.
    aggregate_id : str
    version : int
        Its place in the aggregate's history, from 1. `EventStore.append` gives both.
    """

    type: str
    at: datetime
    data: Item
    aggregate_id: str = ""
    version: int = 0


class Versioned(NamedTuple):
    """A state, and the version of the last event in it; 0 for none."""

    state: Item
    version: int


Apply = Callable[[Item, Event], Item]
Upcast = Callable[[Item], Item]


class EventStore:
    """Aggregates that are kept as the events that happened to them.

    Parameters
    ----------
    events : boto3 Table
        With the string partition key ``aggregate_id`` and the number ``version`` as sort key. Nobody changes
        or deletes its items; time to live may remove events that a snapshot covers, but leave each aggregate
        its last one: without it, `append` with an old version would begin the history anew.
    apply : callable
        ``apply(state, event)`` returns the state after the event, and leaves its arguments as they are. It
        starts from an empty dict, and has no effects: it runs again at each load.
    upcasters : mapping of int to callable, optional
        From a schema to the next: ``{1: from_1_to_2}`` makes of an item of schema 1 one of schema 2. Stored
        events are never rewritten. An item without ``schema`` is of schema 1.
    snapshots : boto3 Table, optional
        With the string partition key ``aggregate_id``; without it there are no snapshots.
    rules : int
        Change it when `apply` changes: snapshots that were made by other rules are left aside.
    """

    def __init__(
        self,
        events: Any,
        apply: Apply,
        *,
        upcasters: Mapping[int, Upcast] | None = None,
        snapshots: Any = None,
        rules: int = 1,
    ) -> None:
        self._events = events
        self._apply = apply
        self._upcasters = dict(upcasters or {})
        self._schema = max(self._upcasters, default=0) + 1
        self._snapshots = snapshots
        self._rules = rules

    # ---- writing ---------------------------------------------------------------------------------

    def append(self, aggregate_id: str, expected_version: int, events: Sequence[Event]) -> int:
        """Add events after `expected_version`, all or none of them.

        Parameters
        ----------
        aggregate_id : str
        expected_version : int
            Of the state from which the events were decided, as `load` returned it.
        events : sequence of Event
            At most 100.

        Returns
        -------
        int
            The aggregate's version now.

        Raises
        ------
        ConcurrencyError
            Another writer has taken one of the versions. A repeat of an append whose answer was lost ends so,
            too: load, and see whether the events are there.
        ValueError
            No events, or too many.
        """
        if not 1 <= len(events) <= MAX_EVENTS:
            raise ValueError(f"{len(events)} events for {aggregate_id}: append 1 to {MAX_EVENTS} at once")
        puts = [
            {
                "TableName": self._events.name,
                "Item": self._item(replace(event, aggregate_id=aggregate_id, version=version)),
                # No item with this whole key: aggregate and version.
                "ConditionExpression": "attribute_not_exists(aggregate_id)",
            }
            for version, event in enumerate(events, start=expected_version + 1)
        ]
        client = self._events.meta.client  # the resource's own: it takes Python values, in a transaction too
        try:
            if len(puts) == 1:
                client.put_item(**puts[0])
            else:
                client.transact_write_items(TransactItems=[{"Put": put} for put in puts])
        except ClientError as error:
            if _was_refused(error):
                raise ConcurrencyError(
                    f"{aggregate_id} is past version {expected_version} already: load it again"
                ) from None
            raise
        return expected_version + len(events)

    def _item(self, event: Event) -> Item:
        if event.at.tzinfo is None:
            raise ValueError(f"{event.type} of {event.aggregate_id}: its time {event.at} has no time zone")
        return {
            "aggregate_id": event.aggregate_id,
            "version": event.version,
            "type": event.type,
            "at": event.at.astimezone(UTC).isoformat(),
            "data": event.data,
            "schema": self._schema,
        }

    def take_snapshot(self, aggregate_id: str) -> bool:
        """Keep the present state, so that loading need not begin at the first event; False if one is newer.

        A snapshot saves reading, and may be lost. Only where events are removed does the truth rest on it.
        """
        state, version = self.load(aggregate_id)
        row = {"aggregate_id": aggregate_id, "version": version, "state": state, "rules": self._rules}
        try:
            self._snapshots.put_item(
                Item=row,
                ConditionExpression="attribute_not_exists(#v) OR #v < :v OR #r <> :r",
                ExpressionAttributeNames={"#v": "version", "#r": "rules"},
                ExpressionAttributeValues={":v": version, ":r": self._rules},
            )
        except ClientError as error:
            if _was_refused(error):
                return False
            raise
        return True

    # ---- reading ---------------------------------------------------------------------------------

    def load(self, aggregate_id: str) -> Versioned:
        """Return the present state: that of the snapshot, if there is one, and the events since.

        Raises
        ------
        MissingEventsError
            The events do not begin where the snapshot ends, or at 1.
        """
        start = self._snapshot(aggregate_id)
        return self.after(start, self.events(aggregate_id, after=start.version))

    def load_at(self, aggregate_id: str, moment: datetime) -> Versioned:
        """Return the state of all that had happened by a moment, itself included, however late it was stored.

        No snapshot is used: it may hold what happened later. Version is that of the last event taken.
        """
        if moment.tzinfo is None:
            raise ValueError(f"{moment} has no time zone")
        taken = [event for event in self.events(aggregate_id) if event.at <= moment]
        return Versioned(reduce(self._apply, taken, {}), max((event.version for event in taken), default=0))

    def after(self, start: Versioned, events: Iterable[Event]) -> Versioned:
        """Return the state after further events, which must follow without a gap."""
        state, version = start
        for event in events:
            if event.version != version + 1:
                raise MissingEventsError(
                    f"{event.aggregate_id}: version {event.version} follows {version}, others are missing"
                )
            state, version = self._apply(state, event), event.version
        return Versioned(state, version)

    def events(self, aggregate_id: str, after: int = 0, until: int | None = None) -> Iterator[Event]:
        """Read an aggregate's events in order: those with ``after < version <= until``, upcast."""
        last = {} if until is None else {":until": until}
        condition = "version BETWEEN :first AND :until" if last else "version >= :first"
        request: dict[str, Any] = {
            "KeyConditionExpression": f"aggregate_id = :id AND {condition}",
            "ExpressionAttributeValues": {":id": aggregate_id, ":first": after + 1, **last},
            "ConsistentRead": True,
        }
        return (self.event(item) for item in every_item(self._events.query, **request))

    def event(self, item: Mapping[str, Any]) -> Event:
        """Read an item of the table, or a record's image of it, as an event of the present schema."""
        present = dict(item)
        for schema in range(int(present.get("schema", 1)), self._schema):
            present = {**self._upcasters[schema](present), "schema": schema + 1}
        at = datetime.fromisoformat(present["at"])
        return Event(present["type"], at, present["data"], present["aggregate_id"], int(present["version"]))

    def aggregate_ids(self) -> list[str]:
        """Every aggregate there is, by a scan of the keys of the events and of the snapshots."""
        request = {"ProjectionExpression": "aggregate_id", "ConsistentRead": True}
        tables = [table for table in (self._events, self._snapshots) if table is not None]
        items = [item for table in tables for item in every_item(table.scan, **request)]
        return sorted({item["aggregate_id"] for item in items})

    def _snapshot(self, aggregate_id: str) -> Versioned:
        if self._snapshots is None:
            return Versioned({}, 0)
        found = self._snapshots.get_item(Key={"aggregate_id": aggregate_id}, ConsistentRead=True).get("Item")
        if found is None or found["rules"] != self._rules:
            return Versioned({}, 0)
        return Versioned(found["state"], int(found["version"]))


def _was_refused(error: ClientError) -> bool:
    # A transaction says for each action why. A TransactionConflict is none of these: nothing is known then.
    response: dict[str, Any] = dict(error.response)
    reasons = {reason.get("Code") for reason in response.get("CancellationReasons", ())}
    codes = {response.get("Error", {}).get("Code"), *reasons}
    return bool(codes.intersection(_REFUSED))
