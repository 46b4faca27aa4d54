"""An effect that happens once, however often its record is delivered."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from botocore.exceptions import ClientError

from cdc_lab.patterns.records import StreamRecord

Effect = Mapping[str, Any]
"""One entry of ``TransactItems``, with Python values: ``{"Put": {"TableName": ..., "Item": {...}}}``."""
Effects = Sequence[Effect] | Callable[[StreamRecord], Sequence[Effect]]

MAX_EFFECTS = 99  # a transaction has at most 100 actions, and one of them is the dedup row (fact D19)
RECORD_LIFE = timedelta(hours=24)  # as long as a stream holds a record and may deliver it again (fact A38)


def process_with_idempotency(
    record: StreamRecord | Mapping[str, Any],
    processed_table: Any,
    effects: Effects,
    *,
    consumer: str | None = None,
    key_attribute: str = "event_id",
    keep: timedelta = 2 * RECORD_LIFE,
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

    Returns
    -------
    bool
        True when the effect was applied now, False when it had been applied before.

    Raises
    ------
    ClientError
        ``TransactionCanceledException`` when an effect's own condition failed, or for any reason other than
        an existing dedup row, such as a ``TransactionConflict`` with another writer. Nothing was applied
        then: let it reach `process_batch`, and the record is delivered again.
    TypeError
        `processed_table` is no boto3 Table, or `effects` is one entry where a list of entries belongs.
    ValueError
        More than 99 effects, or `keep` under 24 hours.

    Notes
    -----
    ``ClientRequestToken`` is no substitute for the row: DynamoDB forgets it after 10 minutes (fact D20).
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
    row = {
        "Put": {
            "TableName": table_name,
            "Item": {
                key_attribute: f"{consumer}#{record.event_id}" if consumer else record.event_id,
                "sequence_number": record.sequence_number,
                "expires_at": int(time.time() + keep.total_seconds()),
            },
            "ConditionExpression": "attribute_not_exists(#key)",
            "ExpressionAttributeNames": {"#key": key_attribute},
        }
    }
    try:
        client.transact_write_items(TransactItems=[row, *actions])
    except ClientError as error:
        if _row_exists(error):
            return False
        raise
    return True


def _row_exists(error: ClientError) -> bool:
    # Only a cancelled transaction has reasons: one per action, in their order, the first the dedup row's. It
    # decides, also if an effect's own condition failed with it, as conditions do when their effect is there.
    reasons = cast(dict[str, Any], error.response).get("CancellationReasons") or [{}]
    return bool(reasons[0].get("Code") == "ConditionalCheckFailed")
