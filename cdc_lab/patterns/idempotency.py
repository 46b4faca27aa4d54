"""An effect that happens once, however often its record is delivered."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol, cast

from botocore.exceptions import ClientError

from cdc_lab.patterns.records import StreamRecord

Effect = Mapping[str, Any]
"""One entry of ``TransactItems``, with Python values: ``{"Put": {"TableName": ..., "Item": {...}}}``."""
Effects = Sequence[Effect] | Callable[[StreamRecord], Sequence[Effect]]

MAX_EFFECTS = 99  # a transaction has at most 100 actions, and one of them is the dedup row (fact D19)
RECORD_LIFE = timedelta(hours=24)  # as long as a stream holds a record and may deliver it again (fact A38)
_MAX_WAITS = 10
_FIRST_WAIT, _LONGEST_WAIT = 0.01, 1.0  # seconds; the longest that the first wait, and any wait, can be
_LEFT_FOR_THE_ANSWER = 0.5  # seconds of the function's time into which no wait reaches
_WITHOUT_CONTEXT = 1.0  # seconds of waiting in all: the default timeout of a function is 3


class Context(Protocol):
    """What Lambda hands to a handler beside the event."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's timeout."""


def process_with_idempotency(
    record: StreamRecord | Mapping[str, Any],
    processed_table: Any,
    effects: Effects,
    *,
    consumer: str | None = None,
    key_attribute: str = "event_id",
    keep: timedelta = 2 * RECORD_LIFE,
    context: Context | None = None,
) -> bool:
    """Apply a record's effect and remember that it was applied, both or neither, in one transaction.

    Lambda delivers at least once (fact C15). A dedup row written before the effect loses the effect when the
    function dies in between, one written after it doubles the effect; in one ``TransactWriteItems`` there is
    no between (fact D19). So the effect must consist of writes to DynamoDB in the same account and region: an
    e-mail cannot be in a transaction (write the wish to send it, and let its own stream send it).

    Parameters
    ----------
    record : StreamRecord or mapping
        The change; a raw record may have either form. Its ``eventID`` is the dedup key, not a hash of its
        content: equal content may come from two changes (facts A7 and D18).
    processed_table : boto3 Table
        Holds the dedup rows: a table from ``boto3.resource("dynamodb")`` with the string partition key
        `key_attribute`, no sort key, and time to live enabled on ``expires_at``.
    effects : sequence or callable
        At most 99 entries for ``TransactWriteItems`` (``Put``, ``Update``, ``Delete``, ``ConditionCheck``),
        with Python values as boto3's Table takes them; or a function that makes them from the `StreamRecord`.
        With none, the row alone is written.
    consumer : str, optional
        Goes into the dedup key. Needed where several functions share `processed_table`: without it the first
        to process an event makes it look processed to the others.
    key_attribute : str
        Name of the table's partition key.
    keep : timedelta
        How long a row is kept, from now, in lab or real time: at least the 24 hours in which the stream can
        deliver the record again (facts A38 and D16). The default is twice that, to leave time for a redrive.
    context : object, optional
        The handler's second argument. It says how much time is left for waits; without it they take at most
        1 second in all.

    Returns
    -------
    bool
        True when the effect was applied now, False when it had been applied before.

    Raises
    ------
    ClientError
        ``TransactionCanceledException`` when an effect's own condition failed, or for any reason other than
        an existing dedup row. Nothing was applied then: let it reach `process_batch`, and the record is
        delivered again. The reason ``TransactionConflict`` is raised only when waiting did not help.
    TypeError
        `processed_table` is no boto3 Table, or `effects` is one entry where a list of entries belongs.
    ValueError
        More than 99 effects, or `keep` under 24 hours.

    Notes
    -----
    ``ClientRequestToken`` is no substitute for the row: DynamoDB forgets it after 10 minutes (fact D20).

    While another transaction writes one of the items, DynamoDB cancels this one with the reason
    ``TransactionConflict``, and boto3 does not send it again (facts D33 and D35). This is not "done before":
    the effect is missing. So this function sends the transaction again, at most ten times, after a random
    wait of up to 10 ms, then up to 20, 40 and so on to 1 second. No wait reaches into the last half second
    of the function's time. When the waits are used up, or the next one would be too long, it raises the
    exception: the batch ends in time, and Lambda delivers the record again.
    """
    if keep < RECORD_LIFE:
        raise ValueError(
            f"keep={keep} forgets a record that its stream can still deliver: keep 24 hours or more"
        )
    try:
        # The resource's own client turns Python values into typed ones, in a transaction too.
        table_name, client = processed_table.name, processed_table.meta.client
    except AttributeError:
        raise TypeError(
            f"processed_table is {processed_table!r}: pass boto3.resource('dynamodb').Table(...)"
        ) from None
    record = StreamRecord.of(record)
    entries = effects(record) if callable(effects) else effects
    if isinstance(entries, Mapping):
        raise TypeError(f"effects is one entry, {dict(entries)!r:.80}: pass a list of entries")
    actions = list(entries)
    if len(actions) > MAX_EFFECTS:
        raise ValueError(
            f"{len(actions)} effects for {record!r}: a transaction holds {MAX_EFFECTS} beside the dedup row. "
            "Write one row, from which a second stream makes the rest"
        )
    key = f"{consumer}#{record.event_id}" if consumer else record.event_id
    row = {
        "Put": {
            "TableName": table_name,
            "Item": {
                key_attribute: key,
                "sequence_number": record.sequence_number,
                "expires_at": int(time.time() + keep.total_seconds()),
            },
            "ConditionExpression": "attribute_not_exists(#key)",
            "ExpressionAttributeNames": {"#key": key_attribute},
        }
    }
    waits = _waits(key, context)
    while True:
        try:
            client.transact_write_items(TransactItems=[row, *actions])
        except ClientError as error:
            reasons = _reasons(error)
            # The dedup row's own reason decides, also if an effect's condition failed with it, as conditions
            # do when their effect is there.
            if reasons[0] == "ConditionalCheckFailed":
                return False
            wait = next(waits, None) if set(reasons) - {"None"} == {"TransactionConflict"} else None
            if wait is None:
                raise
            time.sleep(wait)
        else:
            return True


def _reasons(error: ClientError) -> list[str]:
    # Only a cancelled transaction has reasons: one per action, in their order, the first the dedup row's.
    reasons = cast(dict[str, Any], error.response).get("CancellationReasons") or [{}]
    return [reason.get("Code", "") for reason in reasons]


def _waits(key: str, context: Context | None) -> Iterator[float]:
    """Seconds to wait before the transaction is sent again, as long as there is time for it."""
    # The record's own random numbers: two writers that met wait differently, and a test repeats itself.
    draw = random.Random(key).uniform
    waited = 0.0
    for number in range(_MAX_WAITS):
        wait = draw(0.0, min(_LONGEST_WAIT, _FIRST_WAIT * 2**number))
        if context is None:
            left = _WITHOUT_CONTEXT - waited
        else:
            left = context.get_remaining_time_in_millis() / 1000 - _LEFT_FOR_THE_ANSWER
        if wait > left:
            return
        waited += wait
        yield wait
