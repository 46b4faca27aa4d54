"""One shard of somebody else's stream, read by GetRecords for one mapping."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from botocore.exceptions import ClientError

from cdc_lab.backends.records import RemoteRecord, SequenceNumber
from cdc_lab.clock import Clock
from cdc_lab.emulator.lambda_.event_source_mapping.source import PAGE_RECORDS
from cdc_lab.emulator.streams.shards import RETENTION_SECONDS

T = TypeVar("T")

# Answers after which the same poll is made again at the next interval.
_PASSING = frozenset(
    {"LimitExceededException", "InternalServerError", "ThrottlingException", "ProvisionedThroughputExceeded"}
)
_MARK_SECONDS = 60.0
_MOST_EMPTY_PAGES = 10_000  # of a closed shard, whose pages end


class StreamCalls(Protocol):
    """The streams that a shard belongs to, as far as it needs them."""

    @property
    def clock(self) -> Clock:
        """Real time."""

    @property
    def granularity(self) -> float:
        """Seconds to which the service rounds ``ApproximateCreationDateTime`` down."""

    @property
    def client(self) -> Any:
        """The client of ``dynamodbstreams``."""

    def ask(self, call: Callable[..., T], *args: Any) -> T | None:
        """Make a call; None when nobody answered."""

    def note(self, arn: str, shard_id: str, records: Iterable[RemoteRecord]) -> None:
        """Take note of records that were read."""


class RemoteShard:
    """A shard, as a mapping's poller reads it (`ShardReader`).

    Positions are sequence numbers. Those of records are known to the service; the one before the first
    record, and the one at which LATEST began, are the lab's own.

    Parameters
    ----------
    streams : StreamCalls
    stream_arn : str
    described : dict
        An element of DescribeStream's ``Shards``.
    on_end : callable
        Called when the shard was read to its end.

    Attributes
    ----------
    parent_id : str or None
    is_closed : bool
        Whether it is closed and was read to its end: an empty page alone does not say so (B13, B14).
    empty_since : float or None
        Since when every page was empty, on the environment's axis.
    """

    def __init__(
        self, streams: StreamCalls, stream_arn: str, described: dict[str, Any], on_end: Callable[[], None]
    ) -> None:
        self._streams = streams
        self._stream_arn = stream_arn
        self._on_end = on_end
        self.shard_id: str = described["ShardId"]
        self.parent_id: str | None = described.get("ParentShardId")
        self._start = int(described["SequenceNumberRange"]["StartingSequenceNumber"]) - 1
        self.is_closed = False
        self.describe(described)
        self._iterator: str | None = None
        self._latest_from: float | None = None
        self._after = self._start  # where `_held` begins
        self._held: deque[RemoteRecord] = deque()
        self._newest = self._horizon = self._start
        self._marks: deque[tuple[float, int]] = deque()
        self.empty_since: float | None = None

    def __repr__(self) -> str:
        state = "exhausted" if self.is_closed else "closed" if self._is_ending else "open"
        return f"<RemoteShard {self.shard_id} {state} read to {self._newest}>"

    def describe(self, described: dict[str, Any]) -> None:
        """Take over what DescribeStream says now."""
        self._is_ending = "EndingSequenceNumber" in described["SequenceNumberRange"]  # B7

    def wait(self) -> None:
        """Nobody tells when a record comes: only a poll does."""

    def latest(self) -> int:
        """The position after the newest record known."""
        return self._newest

    def start_latest(self) -> int:
        """The position at which LATEST begins, decided now."""
        self._latest_from = self._streams.clock.time()
        self._iterator = self._streams.ask(self._seek, "LATEST")
        return self._after

    def horizon(self) -> int:
        """The position before the oldest record that is left, to the minute."""
        return self._horizon

    def trim(self, now: float) -> None:
        """Move the horizon over records that are older than 24 hours (A38)."""
        while self._marks and self._marks[0][0] <= now - RETENTION_SECONDS:
            self._horizon = self._marks.popleft()[1]

    def read(self, after: int, limit: int) -> list[RemoteRecord]:
        """Records after a position, oldest first; fetches a page when none is held.

        An empty page of an open shard is an answer (B13); a closed shard is read on, to its end.
        """
        if after < self._after:
            self._return_to(after)
        while self._held and self._held[0].sequence_number <= after:
            self._held.popleft()
        self._after = max(self._after, after)
        pages = 0
        while not self._held and not self.is_closed and pages < _MOST_EMPTY_PAGES:
            if not self._fetch(after) or not self._is_ending:
                break
            pages += 1
        return [self._held[place] for place in range(min(limit, len(self._held)))]

    def _return_to(self, after: int) -> None:
        # A poller starts again at its checkpoint: the records behind it were read, and are not held.
        self._after, self._iterator, self.is_closed = after, None, False
        self._newest = after  # or a poll that is refused would be taken for one that found nothing behind it
        self._held.clear()

    def _fetch(self, after: int) -> bool:
        # One GetRecords; whether the service answered it.
        env = self._streams.clock.env
        page = self._streams.ask(self._page, after)
        if page is None:
            self.empty_since = None
            return False
        records = [
            RemoteRecord(raw, self._streams.clock.time(), self._streams.granularity)
            for raw in page["Records"]
        ]
        self._iterator = page.get("NextShardIterator")
        self._held.extend(record for record in records if self._is_wanted(record, after))
        if self._held:
            self.empty_since = None
            self._newest = max(self._newest, self._held[-1].sequence_number)
            self._mark(self._held[-1])
            self._streams.note(self._stream_arn, self.shard_id, self._held)
        elif self.empty_since is None:
            self.empty_since = float(env.now)
        if self._iterator is None:  # closed, and read to its end (B14)
            self.is_closed = True
            self._on_end()
        return True

    def _is_wanted(self, record: RemoteRecord, after: int) -> bool:
        from_when = self._latest_from
        if from_when is not None and not isinstance(after, SequenceNumber):
            # LATEST, and its iterator may have expired before the first record: by time, then. Of those
            # that a coarse creation time leaves in doubt, rather one too many than one too few.
            return record.sequence_number > after and record.written >= from_when
        return record.sequence_number > after

    def _page(self, after: int) -> dict[str, Any] | None:
        for _ in range(2):
            iterator = self._iterator or self._seek_after(after)
            try:
                page: dict[str, Any] = self._streams.client.get_records(
                    ShardIterator=iterator, Limit=PAGE_RECORDS
                )
                return page
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code in _PASSING:
                    return None
                if code not in ("ExpiredIteratorException", "TrimmedDataAccessException"):
                    raise
                self._iterator = None  # B10: 15 minutes; B17: trimmed meanwhile
        return None

    def _seek_after(self, after: int) -> str:
        if isinstance(after, SequenceNumber):
            try:
                return self._seek("AFTER_SEQUENCE_NUMBER", SequenceNumber=str(after))
            except ClientError as error:
                if error.response["Error"]["Code"] != "TrimmedDataAccessException":
                    raise
        return self._seek("TRIM_HORIZON")

    def _seek(self, kind: str, **position: str) -> str:
        answer = self._streams.client.get_shard_iterator(
            StreamArn=self._stream_arn, ShardId=self.shard_id, ShardIteratorType=kind, **position
        )
        iterator: str = answer["ShardIterator"]
        return iterator

    def _mark(self, record: RemoteRecord) -> None:
        mark = (record.written, record.sequence_number)
        if len(self._marks) > 1 and self._marks[-1][0] < self._marks[-2][0] + _MARK_SECONDS:
            self._marks[-1] = mark
        else:
            self._marks.append(mark)
