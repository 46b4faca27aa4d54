"""Somebody else's streams, in the form in which the lab's mappings read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import simpy
from botocore.exceptions import BotoCoreError, ClientError

from cdc_lab.backends.reading import every_shard
from cdc_lab.backends.records import RemoteRecord
from cdc_lab.backends.shards import RemoteShard
from cdc_lab.clock import Clock
from cdc_lab.errors import LabError
from cdc_lab.trace.rows import RecordRow

T = TypeVar("T")

DESCRIBE_SECONDS = 10.0
"""How often an open stream is asked for new shards: a choice of ours, well below ten a second (B2)."""


class RemoteStreams:
    """The streams behind a ``dynamodbstreams`` client.

    Parameters
    ----------
    clock : Clock
    make_client : callable
        Gives the client; called when the first stream is asked for.
    where : str
        How error texts call the place.
    granularity : float
        Seconds to which the service rounds ``ApproximateCreationDateTime`` down.

    Attributes
    ----------
    log : list of RecordRow
        The records that mappings have read.
    """

    def __init__(self, clock: Clock, make_client: Callable[[], Any], where: str, granularity: float) -> None:
        self.clock = clock
        self.where = where
        self.granularity = granularity
        self.log: list[RecordRow] = []
        self._noted: dict[tuple[str, str], int] = {}
        self._make_client = make_client
        self._client: Any = None

    @property
    def client(self) -> Any:
        """The client of ``dynamodbstreams``."""
        if self._client is None:
            self._client = self._make_client()
        return self._client

    def get(self, arn: str) -> RemoteStream | None:
        """A stream, for one mapping: every mapping reads for itself. None where there is no such stream."""
        try:
            return RemoteStream(self, arn)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("ResourceNotFoundException", "ValidationException"):
                return None
            raise

    def ask(self, call: Callable[..., T], *args: Any) -> T | None:
        """Make a call for a poller; None when nobody answered.

        The poller lives on: the error reaches the user through the environment's next step.
        """
        try:
            return call(*args)
        except (BotoCoreError, ClientError) as error:
            self.clock.env.process(_raising(LabError(f"a stream at {self.where} cannot be read: {error}")))
            return None

    def note(self, arn: str, shard_id: str, records: Iterable[RemoteRecord]) -> None:
        """Add records to `log`, once."""
        table = arn.split(":table/")[-1].split("/")[0]
        noted = self._noted.get((arn, shard_id), -1)
        for record in records:
            if record.sequence_number > noted:
                noted = record.sequence_number
                self.log.append(
                    RecordRow(
                        written=record.written,
                        table=table,
                        shard_id=shard_id,
                        sequence_number=record.sequence_number,
                        event_id=record.event_id,
                        event_name=record.event_name,
                        keys=record.keys,
                        size=record.size,
                    )
                )
        self._noted[arn, shard_id] = noted


class RemoteStream:
    """One stream, for one mapping.

    Attributes
    ----------
    arn, table_name : str
    """

    def __init__(self, streams: RemoteStreams, arn: str) -> None:
        self._streams = streams
        self.arn = arn
        self.table_name = arn.split(":table/")[-1].split("/")[0]
        self._shards: dict[str, RemoteShard] = {}
        self._described_at: float | None = None
        self._describe()

    def __repr__(self) -> str:
        return f"<RemoteStream {self.table_name} shards={len(self._shards)}>"

    @property
    def shards(self) -> dict[str, RemoteShard]:
        """By id, parents before children; asked for anew every `DESCRIBE_SECONDS`, or when one has ended."""
        now = float(self._streams.clock.env.now)
        if self._described_at is None or now >= self._described_at + DESCRIBE_SECONDS:
            self._streams.ask(self._describe)
        return self._shards

    def wait(self) -> simpy.Event:
        """Succeeds when it is time to look for new shards."""
        return self._streams.clock.env.timeout(DESCRIBE_SECONDS)

    def _describe(self) -> None:
        self._described_at = float(self._streams.clock.env.now)
        for described in every_shard(self._streams.client, self.arn):
            known = self._shards.get(described["ShardId"])
            if known is not None:
                known.describe(described)
            else:
                self._shards[described["ShardId"]] = RemoteShard(
                    self._streams, self.arn, described, self._shard_ended
                )

    def _shard_ended(self) -> None:
        self._described_at = None  # its children are there now, if it has any


def _raising(error: BaseException) -> Any:
    yield from ()
    raise error
