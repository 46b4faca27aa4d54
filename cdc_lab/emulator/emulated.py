"""The emulator's own DynamoDB and streams, in this process and on virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from cdc_lab.clock import Clock
from cdc_lab.emulator.backend import Answer, Clients
from cdc_lab.emulator.constraints import check_constraints
from cdc_lab.emulator.dynamodb.forms import refusal_of
from cdc_lab.emulator.dynamodb.table_request import checked_shards
from cdc_lab.emulator.dynamodb.throughput import PartitionThroughput
from cdc_lab.emulator.lambda_.event_source_mapping.roles import ShardReader
from cdc_lab.emulator.lambda_.invocation import current_invocation
from cdc_lab.emulator.latencies import Latencies
from cdc_lab.emulator.other_services.dynamodb_api import DynamoDBApi
from cdc_lab.emulator.regions import partition_of
from cdc_lab.emulator.streams.api import StreamsApi
from cdc_lab.emulator.streams.capture import ChangeCapture
from cdc_lab.emulator.streams.service import Stream, StreamsService
from cdc_lab.emulator.transport import conform
from cdc_lab.errors import LabError, ServiceError
from cdc_lab.trace.rows import ConflictRow

# The calls whose answers hold nothing but attribute values and numbers: no need to walk through them.
_PLAIN = frozenset(
    {
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "GetItem",
        "Query",
        "Scan",
        "BatchWriteItem",
        "BatchGetItem",
        "TransactWriteItems",
        "TransactGetItems",
    }
)


class EmulatedBackend:
    """DynamoDB and its streams as the lab plays them (see ``Backend``).

    Parameters
    ----------
    clock : Clock
    account_id, region : str
        The lab's account, and the region in which it creates tables.
    seed : int
        Every id, gap and key hash follows from it.
    shards : int
        How many shards a new stream starts with.
    throughput : PartitionThroughput, optional
        What a partition of each table takes in a second; None: as much as comes.

    Attributes
    ----------
    streams : StreamsService
    capture : ChangeCapture
    """

    where = ""
    latencies = Latencies()
    passing: Sequence[str] = ()

    def __init__(
        self,
        clock: Clock,
        *,
        account_id: str,
        region: str,
        seed: int,
        shards: int,
        throughput: PartitionThroughput | None = None,
    ) -> None:
        self.clock = clock
        self._table_arn = f"arn:{partition_of(region)}:dynamodb:{region}:{account_id}:table/"
        self.streams = StreamsService(clock, seed, shards)
        self.capture = ChangeCapture(clock, self.streams, throughput, at_end_of_call=_at_end_of_call)
        self.control = _EmulatedControl(self.streams, self.capture)
        self._dynamodb = DynamoDBApi(self.capture, account_id)
        self._streams_api = StreamsApi(self.streams)

    def open(self, clients: Clients) -> None:
        """Take moto's tables over."""

        @cache
        def shapes(service: str, operation: str) -> tuple[Any, Any]:
            model = clients(service).meta.service_model.operation_model(operation)
            return model.input_shape, model.output_shape

        self._shapes = shapes
        self._dynamodb.open(lambda operation: shapes("dynamodb", operation)[0])

    def close(self) -> None:
        """Give moto's tables back, and forget everything."""
        self._dynamodb.close()

    def is_of_a_test(self) -> None:
        """Do nothing: no table outlives the lab."""

    def answers(self) -> dict[str, Answer]:
        """Return who answers in process: both services."""
        return {"dynamodb": self._answer, "dynamodbstreams": self._answer_of_streams}

    def client_settings(self, service: str) -> Mapping[str, Any] | None:
        """Return None: no call leaves the process."""
        return None

    def adopt(self, client: Any) -> None:
        """Do nothing: no call leaves the process."""

    @contextmanager
    def creating_table(self, name: str, shards: int | None) -> Iterator[None]:
        """Let the stream of that table start with `shards` shards."""
        planned, arn = self.streams.shards_of_table, self._table_arn + name
        planned[arn] = self.streams.default_shards if shards is None else checked_shards(shards)
        try:
            yield
        except BaseException:
            del planned[arn]
            raise

    def holds_more(self, stream_arn: str, shard_id: str) -> Callable[[int], bool]:
        """Return what tells whether records lie after a sequence number: an empty page does not (B13)."""
        stream = self.streams.get(stream_arn)
        assert stream is not None
        return stream.shards[shard_id].holds_after

    def is_quiet(self, since: float, shards: Sequence[ShardReader]) -> bool:
        """Whether no transaction is under way: pollers of the emulator know when a shard is empty."""
        return self.capture.under_way == 0

    @property
    def conflicts(self) -> Sequence[ConflictRow]:
        """The requests for items that ongoing transactions refused."""
        return self.capture.conflicts

    def _answer(self, operation: str, body: dict[str, Any], region: str) -> dict[str, Any]:
        taken, shape = self._shapes("dynamodb", operation)
        try:
            result: dict[str, Any] = self._dynamodb.call(operation, body, region) or {}
        except Exception as error:
            _refuse_malformed(taken, body, error)
            raise
        if shape is None:
            return {}
        if operation in _PLAIN:
            return {n: v for n, v in result.items() if n in shape.members and v is not None}
        conformed: dict[str, Any] = conform(shape, result)
        return conformed

    def _answer_of_streams(self, operation: str, params: dict[str, Any], region: str) -> dict[str, Any]:
        taken, _ = self._shapes("dynamodbstreams", operation)
        try:
            check_constraints(taken, params)
            return self._streams_api.call(operation, params, region)
        except Exception as error:
            _refuse_malformed(taken, params, error)
            raise


def _refuse_malformed(shape: Any, request: Mapping[str, Any], error: Exception) -> None:
    """Turn what a request without the form of its model leads to into the service's refusal."""
    if not isinstance(error, ServiceError | LabError):
        refusal = refusal_of(shape, request, error)
        if refusal is not None:
            raise refusal from None


def _at_end_of_call(act: Callable[[], None]) -> None:
    """A handler's call takes lab time; one of a cell takes none."""
    invocation = current_invocation()
    if invocation is None:
        act()
    else:
        invocation.at_end_of_call(act)


class _EmulatedControl:
    """What of tables and streams happens when a lab asks for it."""

    def __init__(self, streams: StreamsService, capture: ChangeCapture) -> None:
        self._streams = streams
        self._capture = capture

    def _stream(self, arn: str) -> Stream:
        stream = self._streams.get(arn)
        if stream is None:
            raise LabError(f"{arn} is no stream that can be read")
        return stream

    def split_shard(self, stream_arn: str, shard_id: str) -> list[str]:
        """Split an open shard (B20); return its children's ids."""
        children = self._streams.split_shard(self._stream(stream_arn), shard_id)
        return [shard.shard_id for shard in children]

    def split_any_shard(self, stream_arn: str, shard_id: str) -> None:
        """Split that shard, or where it is closed another one, if any is open."""
        stream = self._stream(stream_arn)
        open_ids = [shard.shard_id for shard in stream.open_shards]
        if open_ids:
            self._streams.split_shard(stream, shard_id if shard_id in open_ids else open_ids[0])

    def roll_shards(self, stream_arn: str) -> list[str]:
        """Give each open shard its successor (B21); return the successors' ids."""
        return [shard.shard_id for shard in self._streams.roll_shards(self._stream(stream_arn))]

    def expire_ttl(self) -> int:
        """Delete every item that has expired (A31); return how many."""
        return self._capture.expire_ttl()
