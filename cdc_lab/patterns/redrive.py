"""The batch that a function failed on, from what Lambda sent to the mapping's on-failure destination."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

_FORGOTTEN = ("TrimmedDataAccessException", "ResourceNotFoundException")


class RecordsGoneError(LookupError):
    """The records are no longer in the stream: it keeps them for 24 hours (fact A38)."""


def failed_batch(message: str | bytes | Mapping[str, Any], streams: Any = None) -> dict[str, Any]:
    """Return the event that a function failed on, so that the mended function can be invoked with it.

    A message in a queue, or of a topic, says where the records are (fact C38): they are read from the stream,
    as long as it has them. An object in a bucket holds the event itself (fact C44).

    Parameters
    ----------
    message : str, bytes or mapping
        The body of the SQS message, the object's body, or either as JSON was read from it. A message of SNS
        may still be in its envelope (fact C43).
    streams : boto3 client, optional
        Of ``dynamodbstreams``, in the stream's account and region. An object from a bucket needs none.

    Returns
    -------
    dict
        ``{"Records": [...]}``, the records in order, each as Lambda gives them to a function (facts A2, A10
        and A11).

    Raises
    ------
    RecordsGoneError
        The stream no longer has the first record.
    ValueError
        The message is not from a mapping on a DynamoDB stream, or it needs `streams` and there is none.

    Notes
    -----
    A mapping's filters are not applied: between the first record and the last one, the event also has those
    that the filters keep from the function. And a redrive brings old records after newer ones of the same
    item: what processes them must know the newer state (fact D21), as `keep_latest` does.

    Examples
    --------
    >>> event = failed_batch(message["Body"], boto3.client("dynamodbstreams"))  # doctest: +SKIP
    >>> answer = client.invoke(FunctionName="board", Payload=json.dumps(event))  # doctest: +SKIP
    """
    note = _read(message)
    if "payload" in note:
        kept = note["payload"]
        event: dict[str, Any] = json.loads(kept) if isinstance(kept, str) else dict(kept)
        return event
    place = note["DDBStreamBatchInfo"]
    if streams is None:
        raise ValueError("this message does not hold the records: give a boto3 client of dynamodbstreams")
    return {"Records": [_as_in_event(record, place["streamArn"]) for record in _records(place, streams)]}


def _read(message: str | bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    note: Any = message if isinstance(message, Mapping) else json.loads(message)
    if isinstance(note, Mapping) and "TopicArn" in note:
        note = json.loads(note["Message"])
    if not isinstance(note, Mapping) or "DDBStreamBatchInfo" not in note:
        raise ValueError(
            f"no message of a mapping on a DynamoDB stream: it has no DDBStreamBatchInfo: {note!r:.80}"
        )
    return note


def _records(place: Mapping[str, Any], streams: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the records from the first sequence number to the last; an empty page is not the end (B13)."""
    last = int(place["endSequenceNumber"])
    iterator = _first_iterator(place, streams)
    while iterator is not None:
        page = streams.get_records(ShardIterator=iterator)
        for record in page["Records"]:
            number = int(record["dynamodb"]["SequenceNumber"])  # compared as a number (A8)
            if number > last:
                return
            yield record
            if number == last:
                return
        iterator = page.get("NextShardIterator")


def _first_iterator(place: Mapping[str, Any], streams: Any) -> str:
    first = place["startSequenceNumber"]
    try:
        answer = streams.get_shard_iterator(
            StreamArn=place["streamArn"],
            ShardId=place["shardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=first,
        )
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") not in _FORGOTTEN:
            raise
        raise RecordsGoneError(
            f"the stream no longer has record {first} of {place['shardId']}: it keeps records for 24 hours"
        ) from error
    iterator: str = answer["ShardIterator"]
    return iterator


def _as_in_event(record: Mapping[str, Any], stream_arn: str) -> dict[str, Any]:
    """Return a record of GetRecords as Lambda's event has it: plain JSON, and with its stream's ARN."""
    plain: dict[str, Any] = json.loads(json.dumps(record, default=_plain))
    if "userIdentity" in plain:  # capitalised by GetRecords, and not by Lambda (A14)
        plain["userIdentity"] = {
            name[0].lower() + name[1:]: value for name, value in plain["userIdentity"].items()
        }
    return {**plain, "eventSourceARN": stream_arn}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()  # A10
    if isinstance(value, bytes | bytearray):
        return b64encode(value).decode()  # A11
    raise TypeError(f"{type(value).__name__} {value!r:.40} is no part of a stream record")
