"""The four calls of DynamoDB Streams, as boto3's ``dynamodbstreams`` client makes them."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable
from typing import Any, TypeVar

from botocore.utils import parse_to_aware_datetime

from cdc_lab.emulator.local_time import local_time
from cdc_lab.emulator.streams.service import Stream, StreamsService
from cdc_lab.emulator.streams.shards import Shard
from cdc_lab.errors import ServiceError

ITERATOR_LIFE_SECONDS = 15 * 60.0  # B10
MAX_RECORDS = 1000  # B12
MAX_BYTES = 1 << 20  # B12
# A page covers at most this much of a shard's time, so that crossing a quiet stretch takes several
# calls with empty pages (B13; bloop measured four to five calls for a shard of about four hours).
PAGE_SECONDS = 3600.0

_ITERATOR_TYPES = ("TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "AT_TIMESTAMP")
# Of what AWS refuses as malformed, tests saw texts that are no ARN at all. An ARN of a table, or of another
# stream, is well formed here, and not found.
_ARN_OF_A_TABLE = re.compile(r"arn:[a-z-]+:dynamodb:[a-z0-9-]+:\d{12}:table/.+")
_SEQUENCE_NUMBER = re.compile(r"[0-9]{1,40}")  # A8

T = TypeVar("T")


class StreamsApi:
    """Answers ListStreams, DescribeStream, GetShardIterator and GetRecords."""

    def __init__(self, streams: StreamsService) -> None:
        self._streams = streams
        self._operations: dict[str, Callable[[dict[str, Any], str], dict[str, Any]]] = {
            "ListStreams": self.list_streams,
            "DescribeStream": self.describe_stream,
            "GetShardIterator": self.get_shard_iterator,
            "GetRecords": self.get_records,
        }

    def call(self, operation: str, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Answer one call, made in a region, with what boto3 returns less its ``ResponseMetadata``."""
        return self._operations[operation](params, region)

    # ---- streams -----------------------------------------------------------------------------

    def list_streams(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """List the streams of a table or of all, old ones included while they are readable (B3)."""
        limit = _limit(params, "Limit cannot be greater than the maximum allowed size: 100")
        table = params.get("TableName")
        known = [s for arn in list(self._streams.streams) if (s := self._streams.get(arn)) is not None]
        known = [s for s in known if s.region == region and (table is None or s.table_name == table)]
        start = params.get("ExclusiveStartStreamArn")
        if start is not None:
            _check_arn(start)
            known = _after([s.arn for s in known], start, known)
        page = known[:limit]
        answer: dict[str, Any] = {
            "Streams": [{"StreamArn": s.arn, "TableName": s.table_name, "StreamLabel": s.label} for s in page]
        }
        if len(known) > limit:
            answer["LastEvaluatedStreamArn"] = page[-1].arn
        return answer

    def describe_stream(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Describe a stream and at most 100 of its shards (B4 to B7)."""
        stream = self._stream(params["StreamArn"], region)
        limit = _limit(params, "Limit cannot be greater than the maximum: 100")
        shards = self._filtered(stream, params.get("ShardFilter"))
        start = params.get("ExclusiveStartShardId")
        if start is not None:
            shards = _after([s.shard_id for s in shards], start, shards)
        page = shards[:limit]
        description: dict[str, Any] = {
            "StreamArn": stream.arn,
            "StreamLabel": stream.label,
            "StreamStatus": stream.status,
            "StreamViewType": stream.view_type,
            "CreationRequestDateTime": local_time(stream.created),
            "TableName": stream.table_name,
            "KeySchema": [dict(element) for element in stream.key_schema],
            "Shards": [_describe(shard) for shard in page],
        }
        if len(shards) > limit:
            description["LastEvaluatedShardId"] = page[-1].shard_id
        return {"StreamDescription": description}

    def _filtered(self, stream: Stream, shard_filter: dict[str, str] | None) -> list[Shard]:
        if not shard_filter:
            return list(stream.shards.values())
        if shard_filter.get("Type") != "CHILD_SHARDS" or "ShardId" not in shard_filter:
            raise ServiceError(
                "ValidationException",
                f"ShardFilter needs Type CHILD_SHARDS and a ShardId, not {shard_filter}",
            )
        self._shard(stream, shard_filter["ShardId"])
        return stream.children(shard_filter["ShardId"])

    # ---- records -----------------------------------------------------------------------------

    def get_shard_iterator(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Make an iterator of one of the five types (B9)."""
        stream = self._stream(params["StreamArn"], region)
        shard = self._shard(stream, params["ShardId"])
        kind = params["ShardIteratorType"]
        if kind not in _ITERATOR_TYPES:
            raise ServiceError(
                "ValidationException",
                f"1 validation error detected: Value '{kind}' at 'shardIteratorType' failed to satisfy "
                "constraint: Member must satisfy enum value set: "
                "[AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, TRIM_HORIZON, AT_TIMESTAMP]",
            )
        if not kind.endswith("_SEQUENCE_NUMBER") and "SequenceNumber" in params:
            raise _not_for_this_type("SequenceNumber")
        if kind != "AT_TIMESTAMP" and "Timestamp" in params:
            raise _not_for_this_type("Timestamp")
        now = self._streams.clock.time()
        if kind == "AT_TIMESTAMP":
            moment = _moment(params.get("Timestamp"), now)
            at = max(moment, shard.created)
            return {"ShardIterator": self._token(stream, shard, shard.position_at(moment), at)}
        if kind == "TRIM_HORIZON":
            return {"ShardIterator": self._token(stream, shard, shard.horizon(), shard.created)}
        if kind == "LATEST":
            return {"ShardIterator": self._token(stream, shard, shard.latest(), now)}
        position = _sequence_number(shard, params.get("SequenceNumber"), kind)
        if kind == "AT_SEQUENCE_NUMBER":
            position -= 1
        if shard.lost_after(position):
            raise _trimmed(position + 1)
        return {"ShardIterator": self._token(stream, shard, position, shard.created)}

    def get_records(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Read on from an iterator: at most 1,000 records or 1 MB (B12 to B14)."""
        limit = _limit(params, f"Limit should be less than or equal to {MAX_RECORDS}", MAX_RECORDS)  # B29
        arn, shard_id, position, at, issued = _parse(params["ShardIterator"])
        now = self._streams.clock.time()
        if now - issued > ITERATOR_LIFE_SECONDS:
            raise ServiceError("ExpiredIteratorException", "The provided iterator exceeds the maximum age")
        stream = self._stream(arn, region)
        shard = stream.shards.get(shard_id)
        if shard is None or shard.lost_after(position):
            raise _trimmed(position + 1)
        return self._page(stream, shard, position, at, limit, now)

    def _page(
        self, stream: Stream, shard: Shard, position: int, at: float, limit: int, now: float
    ) -> dict[str, Any]:
        # A page looks at PAGE_SECONDS of the shard's life; what comes later is left to later pages.
        end = now if shard.closed_at is None else shard.closed_at
        horizon = at + PAGE_SECONDS
        found = shard.read(position, limit, MAX_BYTES)
        taken = [record for record in found if record.written <= horizon]
        if taken:
            position = taken[-1].sequence_number
            at = taken[-1].written
        else:
            at = min(horizon, end)
        answer: dict[str, Any] = {"Records": [record.to_get_records() for record in taken]}
        finished = shard.is_closed and position >= shard.latest()
        if not finished:  # null at the end of a closed shard, and only there (B14)
            answer["NextShardIterator"] = self._token(stream, shard, position, at)
        return answer

    # ---- looking up --------------------------------------------------------------------------

    def _stream(self, arn: str, region: str) -> Stream:
        _check_arn(arn)
        stream = self._streams.get(arn)
        if stream is None or stream.region != region:
            raise ServiceError(  # B18
                "ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found"
            )
        stream.forget_old()
        return stream

    def _shard(self, stream: Stream, shard_id: str) -> Shard:
        shard = stream.shards.get(shard_id)
        if shard is None:
            raise ServiceError(
                "ResourceNotFoundException",
                f"Requested resource not found: Shard: {shard_id} in stream: {stream.arn} not found",
            )
        return shard

    def _token(self, stream: Stream, shard: Shard, position: int, at: float) -> str:
        # Everything an iterator knows is in its text (B11): nothing to keep, nothing to free.
        state = json.dumps([shard.shard_id, str(position), at, self._streams.clock.time()]).encode()
        packed = _seal(stream.arn, state) + state
        return f"{stream.arn}|1|{base64.b64encode(packed).decode()}"


def _not_for_this_type(name: str) -> ServiceError:
    # Of Timestamp no text of AWS's is known: it is refused as a sequence number is.
    text = f"One or more parameter values were invalid: {name} should not be passed for this iterator type"
    return ServiceError("ValidationException", text)


def _moment(given: Any, now: float) -> float:
    """The moment of AT_TIMESTAMP, in epoch seconds; one of the future is refused (B9)."""
    if given is None:
        raise ServiceError(
            "ValidationException",
            "One or more parameter values were invalid: Timestamp is required for iterator type AT_TIMESTAMP",
        )
    moment: float = parse_to_aware_datetime(given).timestamp()
    if moment > now:
        raise ServiceError(
            "ValidationException",
            "One or more parameter values were invalid: Timestamp must not be in the future",
        )
    return moment


def _seal(arn: str, state: bytes) -> bytes:
    return zlib.crc32(state, zlib.crc32(arn.encode(errors="replace"))).to_bytes(4, "big")


def _parse(iterator: str) -> tuple[str, str, int, float, float]:
    """Stream, shard, position, time reached and time of issue that an iterator's text carries."""
    arn, _, text = iterator.rpartition("|1|")
    try:
        packed = base64.b64decode(text, validate=True)
        if _seal(arn, packed[4:]) != packed[:4]:
            raise ValueError("not an iterator of that stream")
        shard_id, position, at, issued = json.loads(packed[4:])
    except (ValueError, binascii.Error):
        raise ServiceError("ValidationException", "Invalid ShardIterator") from None
    return arn, shard_id, int(position), at, issued


def _describe(shard: Shard) -> dict[str, Any]:
    numbers = {"StartingSequenceNumber": str(shard.starting_sequence_number)}
    if shard.ending_sequence_number is not None:
        numbers["EndingSequenceNumber"] = str(shard.ending_sequence_number)
    described: dict[str, Any] = {"ShardId": shard.shard_id, "SequenceNumberRange": numbers}
    if shard.parent_id is not None:
        described["ParentShardId"] = shard.parent_id
    return described


def _after(names: list[str], start: str, things: list[T]) -> list[T]:
    """What follows the one named `start`; when it left meanwhile, those whose names sort after it."""
    if start in names:
        return things[names.index(start) + 1 :]
    return [thing for name, thing in zip(names, things, strict=True) if name > start]


def _check_arn(arn: str) -> None:
    """Refuse what is no ARN of a stream (B29); the text is the lab's."""
    if not _ARN_OF_A_TABLE.fullmatch(arn):
        raise ServiceError("ValidationException", f"Invalid StreamArn: {arn}")


def _limit(params: dict[str, Any], text: str, most: int = 100) -> int:
    """The limit of a page; more than the most is refused (B29), in DynamoDB Local's words."""
    limit: int = params.get("Limit", most)
    if limit > most:
        raise ServiceError("ValidationException", f"One or more parameter values were invalid: {text}")
    return limit


def _sequence_number(shard: Shard, text: str | None, kind: str) -> int:
    if text is None:
        raise ServiceError("ValidationException", f"SequenceNumber is required for ShardIteratorType {kind}")
    if not _SEQUENCE_NUMBER.fullmatch(text):
        raise ServiceError("ValidationException", f"Invalid SequenceNumber: {text}")
    number = int(text)
    if number > shard.latest():
        raise ServiceError(
            "ValidationException",
            f"Invalid SequenceNumber: {text} is greater than the latest of shard {shard.shard_id}",
        )
    return number


def _trimmed(position: int) -> ServiceError:
    return ServiceError(  # B17
        "TrimmedDataAccessException",
        f"The operation attempted to read past the oldest stream record in a shard: {position}",
    )
