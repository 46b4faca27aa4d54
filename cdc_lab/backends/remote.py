"""DynamoDB and its streams somewhere else; Lambda, queues, topics and buckets stay in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cdc_lab.backends.real_time import WallClock
from cdc_lab.backends.shards import RemoteShard
from cdc_lab.backends.streams import RemoteStreams
from cdc_lab.clock import Clock
from cdc_lab.emulator.attempts import of_lambda
from cdc_lab.emulator.backend import Answer, Clients
from cdc_lab.emulator.lambda_.event_source_mapping.roles import ShardReader
from cdc_lab.emulator.latencies import Latencies
from cdc_lab.trace.rows import ConflictRow

SERVICES = frozenset({"dynamodb", "dynamodbstreams"})
EMPTY_PAGES = 10
"""After this many empty pages in a row `Lab.read_stream` takes an open shard for read. On AWS it may take
four or five to cross an empty one (B13, third party)."""

# A poller asks again at its next interval: it must not hang on retries of its own.
_POLLER = Config(retries={"max_attempts": 1}, connect_timeout=3, read_timeout=10)


@dataclass(frozen=True)
class Remote:
    """Where DynamoDB is.

    Attributes
    ----------
    where : str
        How texts call it.
    settings : mapping
        What clients of `SERVICES` are made with.
    granularity : float
        Seconds to which ``ApproximateCreationDateTime`` is rounded down there.
    quiet_seconds : float
        A shard that gave nothing for so long counts as drained: no answer of the service says so (B13).
    guard : callable, optional
        Given each client of `SERVICES`.
    passing : sequence of str
        Patterns of the addresses that calls go to, for moto to let pass.
    is_for_tests : bool
        Whether tables that a test has created are deleted at its end. Of an account nothing is.
    """

    where: str
    settings: Mapping[str, Any]
    granularity: float
    quiet_seconds: float
    guard: Callable[[Any], None] | None = None
    passing: Sequence[str] = ()
    is_for_tests: bool = False


class RemoteBackend:
    """DynamoDB and its streams at another place, on real time (see ``Backend``).

    Parameters
    ----------
    remote : Remote
    region : str
        Whose streams mappings read.
    clock : WallClock, optional
    """

    latencies = Latencies(call=0.0)  # a call takes the time that it takes
    control = None
    conflicts: Sequence[ConflictRow] = ()

    def __init__(self, remote: Remote, *, region: str, clock: WallClock | None = None) -> None:
        self._remote = remote
        self._region = region
        self.where = remote.where
        self.passing = remote.passing
        self.clock: Clock = clock or WallClock()
        self._created: dict[tuple[str, str], None] = {}  # a test's tables: region and name
        self._is_of_a_test = False
        self.streams = RemoteStreams(self.clock, self._poller_client, remote.where, remote.granularity)

    def _poller_client(self) -> Any:
        import boto3

        return of_lambda(boto3.client("dynamodbstreams", region_name=self._region, config=_POLLER))

    def open(self, clients: Clients) -> None:
        """Keep where clients come from."""
        self._clients = clients

    def is_of_a_test(self) -> None:
        """Delete at the end the tables that the lab's clients create, where the place is one for tests."""
        self._is_of_a_test = self._remote.is_for_tests

    def close(self) -> None:
        """Tables outlive the lab, but for those that a test has created and not deleted itself."""
        import boto3

        for region, name in reversed(self._created) if self._is_of_a_test else ():
            client = boto3.client("dynamodb", region_name=region, **self._remote.settings)
            with suppress(ClientError, BotoCoreError):  # it is gone already, or the server is
                client.delete_table(TableName=name)

    def answers(self) -> dict[str, Answer]:
        """Return nobody: calls of `SERVICES` leave the process."""
        return {}

    def client_settings(self, service: str) -> Mapping[str, Any] | None:
        """Return the settings of clients that reach the remote DynamoDB."""
        return self._remote.settings if service in SERVICES else None

    def adopt(self, client: Any) -> None:
        """Put the guard before a new client's calls, and note which tables it creates."""
        if self._remote.guard is not None:
            self._remote.guard(client)
        if client.meta.service_model.service_name == "dynamodb":
            region = client.meta.region_name

            def note(http_response: Any, parsed: Mapping[str, Any], **_: Any) -> None:
                if http_response.status_code < 300:
                    self._created[region, parsed["TableDescription"]["TableName"]] = None

            client.meta.events.register("after-call.dynamodb.CreateTable", note)

    @contextmanager
    def creating_table(self, name: str, shards: int | None) -> Iterator[None]:
        """Wait, when the context is left, until the table is active."""
        yield
        self._clients("dynamodb").get_waiter("table_exists").wait(
            TableName=name, WaiterConfig={"Delay": 2, "MaxAttempts": 60}
        )

    def holds_more(self, stream_arn: str, shard_id: str) -> Callable[[int], bool]:
        """Return what tells whether to read on: after `EMPTY_PAGES` empty pages nothing more is expected."""
        last, empty = -1, -1

        def read_on(position: int) -> bool:
            nonlocal last, empty
            empty = empty + 1 if position == last else 0
            last = position
            return empty <= EMPTY_PAGES

        return read_on

    def is_quiet(self, since: float, shards: Sequence[ShardReader]) -> bool:
        """Return whether every shard has given nothing for a while."""
        now, longest = float(self.clock.env.now), self._remote.quiet_seconds
        return all(
            isinstance(shard, RemoteShard)
            and shard.empty_since is not None
            and now - max(since, shard.empty_since) >= longest
            for shard in shards
        )
