"""An event and the change that it tells of, written together: both or neither."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from botocore.exceptions import ClientError
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cdc_lab.patterns.idempotency import RECORD_LIFE, Effect
from cdc_lab.patterns.records import MissingImageError, StreamRecord

MAX_ACTIONS = 100  # of a transaction (fact D19)


class OutboxEvent(BaseModel):
    """What happened, in words that do not depend on a table's columns.

    Attributes
    ----------
    event_id : str
        Unique for what happened and known before it is written, such as the id of the command: a command
        that is repeated repeats it.
    name : str
        In the past tense: ``FlightCancelled``.
    version : int
        Of the form of `data`; a consumer refuses one that it does not know.
    at : datetime
        When it happened; aware.
    subject : str
        What it happened to: ``UA1545``.
    data : dict
        The rest, as DynamoDB holds it: numbers as int or Decimal, no floats.
    """

    model_config = ConfigDict(frozen=True)

    event_id: str = Field(min_length=1)
    name: str = Field(min_length=1)
    version: int = Field(default=1, ge=1)
    at: AwareDatetime
    subject: str = Field(min_length=1)
    data: dict[str, Any] = Field(default_factory=dict)


def write_with_event(
    changes: Sequence[Effect], event: OutboxEvent, outbox: Any, keep: timedelta = 2 * RECORD_LIFE
) -> bool:
    """Write changes and the event that tells of them in one transaction.

    A row first and a message afterwards loses the message when the program dies in between, the other order
    tells of what did not happen. Here there is no between; the outbox's stream takes the event from there.

    Parameters
    ----------
    changes : sequence
        At most 99 entries for ``TransactWriteItems``, with Python values as boto3's Table takes them. A
        condition belongs into them.
    event : OutboxEvent
    outbox : boto3 Table
        With the string partition key ``event_id``, no sort key, a stream with new images, and time to live
        enabled on ``expires_at``.
    keep : timedelta
        How long after the event's time the row stays. The stream needs none of it: a command that may be
        repeated does, for as long as it may.

    Returns
    -------
    bool
        False when an event of this id is there already: this command has been carried out, and nothing was
        written now.

    Raises
    ------
    ClientError
        ``TransactionCanceledException`` when a change's own condition failed: nothing was written.
    TypeError
        `changes` is one entry where a list of entries belongs.
    ValueError
        More than 99 changes, or none.
    """
    if isinstance(changes, Mapping):
        raise TypeError(f"changes is one entry, {dict(changes)!r:.80}: pass a list of entries")
    if not 1 <= len(changes) < MAX_ACTIONS:
        raise ValueError(
            f"{len(changes)} changes: a transaction holds 1 to {MAX_ACTIONS - 1} beside the event"
        )
    row = {**event.model_dump(mode="python"), "at": event.at.isoformat()}
    put = {
        "TableName": outbox.name,
        "Item": {**row, "expires_at": int((event.at + keep).timestamp())},
        "ConditionExpression": "attribute_not_exists(event_id)",
    }
    try:
        outbox.meta.client.transact_write_items(TransactItems=[{"Put": put}, *changes])
    except ClientError as error:
        # One reason for each action, in their order: the first is the event's.
        reasons = cast(dict[str, Any], error.response).get("CancellationReasons") or [{}]
        if reasons[0].get("Code") == "ConditionalCheckFailed":
            return False
        raise
    return True


def relay(record: StreamRecord | Mapping[str, Any], publish: Callable[[OutboxEvent], Any]) -> bool:
    """Publish the event of a record of the outbox's stream; ignore everything else there.

    Parameters
    ----------
    record : StreamRecord or mapping
        A raw record may have either form.
    publish : callable
        Hands the event on: to a topic, a bus, a queue. What it raises reaches `process_batch`, and the record
        comes again.

    Returns
    -------
    bool
        Whether it was an event. A row that time to live or somebody else took away is none.

    Raises
    ------
    MissingImageError
        The outbox's stream has no new images.
    pydantic.ValidationError
        The row is no `OutboxEvent`.

    Notes
    -----
    Published at least once: a record may be delivered again (fact C15). Consumers know an event by its
    ``event_id``. Two events are two items, and a stream keeps the order of one item only (fact A36): a
    consumer that needs an order needs a number in `data`.
    """
    record = StreamRecord.of(record)
    if not record.has_new_images:
        raise MissingImageError(
            f"an outbox needs new images, and its stream has the view type {record.view_type}"
        )
    if record.event_name != "INSERT":
        return False
    publish(OutboxEvent.model_validate(record.new_image))
    return True
