"""The front door: one emulated AWS account with a clock of its own."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from simpy.core import EmptySchedule

from cdc_lab.clock import Clock, aware
from cdc_lab.emulator.account import Account
from cdc_lab.errors import LabError

if TYPE_CHECKING:
    from cdc_lab.emulator.faults import Faults
    from cdc_lab.trace import Trace

START = datetime(2013, 3, 8, 10, tzinfo=UTC)
"""Where lab time starts unless told otherwise: five in the morning of a stormy day in New York."""

MAX_SHARDS = 100
_KEY_TYPES = ("S", "N", "B")


class Lab:
    """An emulated AWS account on a laptop: tables, streams, functions, and time that moves when you say so.

    While a lab is open, every boto3 client made in this process is the lab's. One lab is open at a
    time: opening another closes the first.

    Parameters
    ----------
    seed : int
        Everything that looks random follows from it: ids, sequence numbers, faults.
    shards : int
        How many shards a new stream starts with, 1 to 100 (B22: AWS often starts with 4).
    start : datetime
        Aware; what the clock shows at first.
    region : str
        Region of the clients that name none.

    Examples
    --------
    >>> from cdc_lab import Lab
    >>> lab = Lab(seed=7)
    >>> flights = lab.create_table("flights", partition_key="flight_id")
    >>> _ = flights.put_item(Item={"flight_id": "UA1545", "status": "scheduled"})
    >>> [record.event_name for record in lab.read_stream(flights)]
    ['INSERT']
    >>> lab.close()
    """

    _open: ClassVar[Lab | None] = None
    _numbers: ClassVar[itertools.count[int]] = itertools.count(1)

    def __init__(
        self,
        seed: int = 0,
        shards: int = 1,
        start: datetime = START,
        region: str = "us-east-1",
    ) -> None:
        _check_shards(shards)
        self.clock = Clock(aware(start, "start"))
        if Lab._open is not None:
            Lab._open.close()
        self.seed = seed
        self._account = Account(
            f"lab {next(Lab._numbers)} (seed {seed})", self.clock, seed=seed, shards=shards, region=region
        )
        self.clock.on_advance(lambda until: self.run(until=until))
        Lab._open = self
        _freeze_imports()

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "open" if self._account.is_open else "closed"
        return f"<Lab seed={self.seed} {state}, clock {self.clock.now():%Y-%m-%d %H:%M:%S} UTC>"

    def close(self) -> None:
        """Close the lab; the user's own AWS settings are in place again."""
        self._account.close()
        if Lab._open is self:
            Lab._open = None

    def _require_open(self) -> Account:
        if not self._account.is_open:
            raise LabError(f"{self._account.name} is closed: open another with Lab(seed={self.seed})")
        return self._account

    # ---- AWS ---------------------------------------------------------------------------------

    def client(self, service: str, region: str | None = None) -> Any:
        """An ordinary boto3 client, answered by the lab.

        Parameters
        ----------
        service : str
            ``dynamodb``, ``dynamodbstreams``, ``lambda``, ``sqs``, ``sns``, ``s3``, ``logs``, ...
        region : str, optional
        """
        return self._require_open().client(service, region)

    def resource(self, service: str, region: str | None = None) -> Any:
        """An ordinary boto3 resource, answered by the lab."""
        import boto3

        account = self._require_open()
        make: Any = boto3.resource  # its stubs know each service by a literal only
        return make(service, region_name=region or account.region)

    def create_table(
        self,
        name: str,
        partition_key: str | tuple[str, str],
        sort_key: str | tuple[str, str] | None = None,
        stream_view_type: str | None = "NEW_AND_OLD_IMAGES",
        shards: int | None = None,
        ttl_attribute: str | None = None,
    ) -> Any:
        """Create an on-demand table, with a stream, in one line.

        Parameters
        ----------
        name : str
        partition_key, sort_key : str or (str, str)
            Attribute name, or name and type (``S``, ``N`` or ``B``); a string by default.
        stream_view_type : str or None
            One of the four view types (A19); None for a table without a stream. AWS has no default
            (A22): the one here is the lab's.
        shards : int, optional
            How many shards its stream starts with.
        ttl_attribute : str, optional
            Turn time to live on, by this attribute.

        Returns
        -------
        boto3 ``Table``
        """
        account = self._require_open()
        keys = [_key(partition_key), *([_key(sort_key)] if sort_key is not None else [])]
        if shards is not None:
            _check_shards(shards)
        account.streams.shards_of_table[name] = account.streams.default_shards if shards is None else shards
        request: dict[str, Any] = {
            "TableName": name,
            "KeySchema": [
                {"AttributeName": key, "KeyType": role}
                for (key, _), role in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": kind} for key, kind in keys],
            "BillingMode": "PAY_PER_REQUEST",
        }
        if stream_view_type is not None:
            request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream_view_type}
        client = account.client("dynamodb")
        client.create_table(**request)
        if ttl_attribute is not None:
            client.update_time_to_live(
                TableName=name,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": ttl_attribute},
            )
        return self.resource("dynamodb").Table(name)

    def create_function(self, name: str, handler: Callable[..., Any], **options: Any) -> Any:
        """Make a Python function a Lambda function of this account.

        Parameters
        ----------
        name : str
        handler : callable
            ``handler(event, context)``, as it would be deployed.
        **options
            ``timeout`` (seconds of lab time, 3), ``memory_size`` (MB, 128), ``environment`` (dict),
            ``cold_starts`` (chance of a fresh instance at an invocation, 0 to 1).
        """
        return self._require_open().functions.create_function(name, handler, **options)

    # ---- streams -----------------------------------------------------------------------------

    def stream_arn(self, table: Any) -> str:
        """The ARN of a table's latest stream.

        Parameters
        ----------
        table : boto3 Table or str
        """
        name = _name(table)
        description = self.client("dynamodb").describe_table(TableName=name)["Table"]
        if "LatestStreamArn" not in description:
            raise LabError(
                f"table {name} has no stream: create it with stream_view_type=..., "
                "or enable one with update_table"
            )
        arn: str = description["LatestStreamArn"]
        return arn

    def read_stream(self, table: Any) -> Any:
        """Every record that a table's stream still holds, shard by shard, parents before children.

        Parameters
        ----------
        table : boto3 Table, str
            A table, its name, or the ARN of a stream.

        Returns
        -------
        list of StreamRecord
            Shown as a table in Jupyter. Between shards their order says nothing (A37).
        """
        from cdc_lab.patterns import StreamRecord
        from cdc_lab.tables import RecordTable

        arn = table if isinstance(table, str) and table.startswith("arn:") else self.stream_arn(table)
        streams = self.client("dynamodbstreams")
        records: list[Any] = []
        for shard in self.shards(arn):
            iterator = streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            read = 0
            while iterator is not None and self._holds_more(arn, shard["ShardId"], read):
                page = streams.get_records(ShardIterator=iterator)
                records += [StreamRecord.from_get_records(record) for record in page["Records"]]
                if page["Records"]:
                    read = int(page["Records"][-1]["dynamodb"]["SequenceNumber"])
                iterator = page.get("NextShardIterator")
        return RecordTable(records)

    def _holds_more(self, arn: str, shard_id: str, position: int) -> bool:
        # An empty page does not say that a shard is read to its end (B13); the lab can look it up.
        stream = self._account.streams.get(arn)
        return stream is not None and bool(stream.shards[shard_id].read(position, limit=1))

    def shards(self, table: Any) -> list[dict[str, Any]]:
        """The shards of a table's stream as DescribeStream lists them, all pages, parents first."""
        arn = table if isinstance(table, str) and table.startswith("arn:") else self.stream_arn(table)
        client = self.client("dynamodbstreams")
        shards: list[dict[str, Any]] = []
        request = {"StreamArn": arn}
        while True:
            description = client.describe_stream(**request)["StreamDescription"]
            shards += description["Shards"]
            if "LastEvaluatedShardId" not in description:
                return shards
            request["ExclusiveStartShardId"] = description["LastEvaluatedShardId"]

    def split_shard(self, table: Any, shard_id: str) -> list[str]:
        """Split an open shard in two, as high write activity does on AWS (B20); return the children's ids."""
        stream = self._stream(table)
        return [shard.shard_id for shard in self._account.streams.split_shard(stream, shard_id)]

    def roll_shards(self, table: Any) -> list[str]:
        """Close every open shard and give it one successor, as happens after about four hours (B21)."""
        stream = self._stream(table)
        return [shard.shard_id for shard in self._account.streams.roll_shards(stream)]

    def _stream(self, table: Any) -> Any:
        stream = self._require_open().streams.get(self.stream_arn(table))
        if stream is None:
            raise LabError(f"table {_name(table)} has no stream that can be read")
        return stream

    def expire_ttl(self) -> int:
        """Sweep every table for expired items now; return how many left (A31)."""
        return self._require_open().tables.expire_ttl()

    # ---- time --------------------------------------------------------------------------------

    @property
    def trace(self) -> Trace:
        """All that happened since the lab was opened."""
        return self._account.recorder.trace()

    def run(
        self,
        until: timedelta | datetime | None = None,
        faults: Faults | None = None,
        max_invocations: int = 100_000,
    ) -> Trace:
        """Let time pass: until a moment, or until every event source mapping is drained.

        Parameters
        ----------
        until : timedelta or aware datetime, optional
            How long, or until when. Without it: until nothing is left to deliver or to retry.
        faults : Faults, optional
            What goes wrong on the way.
        max_invocations : int
            After so many the run is given up: a handler that writes to its own source never ends.

        Returns
        -------
        Trace
            What happened in this run.
        """
        account = self._require_open()
        since = account.recorder.mark()
        with account.functions.running(faults, max_invocations):
            if until is None:
                self._run_until_drained(account)
            else:
                self._run_to(until)
        return account.recorder.trace(since)

    def _run_to(self, until: timedelta | datetime) -> None:
        at = self.clock.due(until)
        if at > self.clock.env.now:
            self.clock.env.run(until=at)

    def _run_until_drained(self, account: Account) -> None:
        while not account.functions.drained():
            try:
                self.clock.env.step()
            except EmptySchedule:
                raise LabError(
                    "nothing more can happen, and yet records wait: this is a defect of the lab"
                ) from None

    def expect(self, error: type[BaseException]) -> AbstractContextManager[Any]:
        """A context in which an error is expected: it is shown as one line, and its absence fails."""
        from cdc_lab.classroom import expect

        return expect(error)


@cache
def _freeze_imports() -> None:
    # What was imported until here lives on: it need not be looked at by each later collection. Once
    # only, for a lab that was closed is garbage, and frozen it would never be collected.
    gc.freeze()


def _check_shards(shards: Any) -> None:
    if type(shards) is not int or not 1 <= shards <= MAX_SHARDS:
        raise LabError(f"shards={shards!r} is not a number of shards: take 1 to {MAX_SHARDS}")


def _name(table: Any) -> str:
    return table if isinstance(table, str) else str(table.name)


def _key(given: str | tuple[str, str]) -> tuple[str, str]:
    name, kind = (given, "S") if isinstance(given, str) else given
    if kind not in _KEY_TYPES:
        raise LabError(f"key {name} cannot have type {kind!r}: DynamoDB keys are S, N or B")
    return name, kind
