"""A handler's frame: what happened to the item, and how far the batch got."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from cdc_lab.patterns.deserializer import Item
from cdc_lab.patterns.records import RecordError, StreamRecord

logger = logging.getLogger(__name__)

BatchResponse = dict[str, list[dict[str, str]]]


def dispatch(
    record: StreamRecord | Mapping[str, Any],
    *,
    on_insert: Callable[[Item, Any], Any] | None = None,
    on_modify: Callable[[Item, Any, Any], Any] | None = None,
    on_remove: Callable[[Item, Any], Any] | None = None,
) -> Any:
    """Call the handler for what happened to the item, and return what it returns.

    Parameters
    ----------
    record : StreamRecord or mapping
        A raw record may have either form.
    on_insert : callable, optional
        Called as ``on_insert(keys, new)``.
    on_modify : callable, optional
        Called as ``on_modify(keys, old, new)``.
    on_remove : callable, optional
        Called as ``on_remove(keys, old)``, also for a delete by time to live (`StreamRecord.is_ttl_delete`).

    Returns
    -------
    Any
        None when there is no handler for this event: leaving one out is how to ignore an event.

    Raises
    ------
    RecordError
        The record is malformed; an ``eventName`` other than the three is.

    Notes
    -----
    An image that the stream's view type does not carry arrives as None (fact A19).
    """
    record = StreamRecord.of(record)
    match record.event_name:
        case "INSERT":
            return on_insert(record.keys, record.new_image) if on_insert else None
        case "MODIFY":
            return on_modify(record.keys, record.old_image, record.new_image) if on_modify else None
        case "REMOVE":
            return on_remove(record.keys, record.old_image) if on_remove else None


def process_batch(event: Mapping[str, Any], process_record: Callable[[StreamRecord], Any]) -> BatchResponse:
    """Process a batch in order, stop at the first failure, and tell Lambda where.

    Lambda then delivers the batch again from the failed record on (fact C26). Going on after the failure
    would apply later changes of the same item before the failed one, and then once more (table E, 2).

    Parameters
    ----------
    event : mapping
        What Lambda gives the handler (fact A2).
    process_record : callable
        Called with one `StreamRecord` at a time. An `Exception` that it raises is a failure of that record;
        what it returns is ignored.

    Returns
    -------
    dict
        The handler's return value: ``{"batchItemFailures": []}`` when all went well (fact C27), else with the
        sequence number of the first failed record as the only ``itemIdentifier`` (fact C25; the ``eventID``
        would fail the whole batch, fact C29).

    Raises
    ------
    RecordError
        The event is not one from a stream, or a record has no sequence number to report: the whole invocation
        fails, which is all that can be told then.

    Warnings
    --------
    The event source mapping needs ``FunctionResponseTypes=["ReportBatchItemFailures"]``. Without it Lambda
    does not read the answer, takes every batch for a success, and failed records are lost (fact C23).

    Notes
    -----
    The failure is logged with its traceback; the log record carries ``eventID``, ``eventName`` and
    ``sequenceNumber``. What is not an `Exception` (a timeout, an exit) ends the invocation, as it must.

    Examples
    --------
    >>> def handler(event, context):
    ...     return process_batch(event, lambda record: print(record.keys))
    """
    for position, record in enumerate(_records(event)):
        # Read before anything that may fail: read later, a failure would report the record before (fact C37).
        sequence_number = _sequence_number(record, position)
        try:
            process_record(StreamRecord.from_event(record))
        except Exception:
            logger.exception(
                "record %d of %d failed, sequence number %s: the batch stops here",
                position + 1,
                len(event["Records"]),
                sequence_number,
                extra={
                    "eventID": record.get("eventID"),
                    "eventName": record.get("eventName"),
                    "sequenceNumber": sequence_number,
                },
            )
            return {"batchItemFailures": [{"itemIdentifier": sequence_number}]}
    return {"batchItemFailures": []}


def sequence_numbers(event: Mapping[str, Any]) -> list[str]:
    """Return the sequence numbers of a batch, in order: what a handler that works on all at once reports.

    Raises
    ------
    RecordError
        The event is not one from a stream, or a record has no sequence number.
    """
    return [_sequence_number(record, position) for position, record in enumerate(_records(event))]


def _records(event: Mapping[str, Any]) -> list[Any]:
    if not isinstance(event.get("Records"), list):
        raise RecordError(f"event has no list of 'Records': is it a stream's? It has {sorted(event)}")
    records: list[Any] = event["Records"]
    return records


def _sequence_number(record: Any, position: int) -> str:
    try:
        sequence_number = record["dynamodb"]["SequenceNumber"]
    except (KeyError, TypeError):
        sequence_number = None
    # An identifier that is empty, or no string, fails the batch without a word of why (fact C28).
    if not isinstance(sequence_number, str) or not sequence_number:
        raise RecordError(f"record {position + 1} has no dynamodb.SequenceNumber to report: {record!r:.200}")
    return sequence_number
