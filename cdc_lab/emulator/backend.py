"""Where DynamoDB and its streams are: the one interface behind which the emulator and others stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from cdc_lab.clock import Clock
from cdc_lab.emulator.lambda_.event_source_mapping.roles import ShardReader, Streams
from cdc_lab.emulator.latencies import Latencies
from cdc_lab.trace.rows import ConflictRow, RecordRow

Answer = Callable[[str, dict[str, Any], str], dict[str, Any]]
"""Answers a call in process: ``answer(operation, params, region)``."""

Clients = Callable[[str], Any]
"""Gives the lab's boto3 client of a service."""


class LoggedStreams(Streams, Protocol):
    """The streams, and what is known of their records."""

    @property
    def log(self) -> Sequence[RecordRow]:
        """Every stream record known, oldest first, for the trace."""


class Control(Protocol):
    """What happens by itself on AWS, and in the emulator also when it is asked for."""

    def split_shard(self, stream_arn: str, shard_id: str) -> list[str]:
        """Split an open shard (B20); return its children's ids."""

    def split_any_shard(self, stream_arn: str, shard_id: str) -> None:
        """Split that shard, or where it is closed another one, if any is open."""

    def roll_shards(self, stream_arn: str) -> list[str]:
        """Give each open shard its successor (B21); return the successors' ids."""

    def expire_ttl(self) -> int:
        """Delete every item that has expired (A31); return how many."""


class Backend(Protocol):
    """DynamoDB and its streams."""

    @property
    def where(self) -> str:
        """How texts call the place; empty for the emulator."""

    @property
    def clock(self) -> Clock:
        """The time that rules there."""

    @property
    def latencies(self) -> Latencies:
        """How long calls take, for functions that do not say."""

    @property
    def passing(self) -> Sequence[str]:
        """Patterns of the addresses that calls go to: moto lets them pass."""

    @property
    def streams(self) -> LoggedStreams:
        """The streams, as mappings read them."""

    @property
    def conflicts(self) -> Sequence[ConflictRow]:
        """The requests for items that ongoing transactions refused, as far as they are known."""

    @property
    def control(self) -> Control | None:
        """What can be made to happen; None where the service alone decides."""

    def open(self, clients: Clients) -> None:
        """Begin to answer."""

    def close(self) -> None:
        """End, and forget everything."""

    def is_of_a_test(self) -> None:
        """Take note that the lab is a test's: no table that it creates is to outlive it."""

    def answers(self) -> dict[str, Answer]:
        """Return who answers in process, by service."""

    def client_settings(self, service: str) -> Mapping[str, Any] | None:
        """Return what clients are made with whose calls leave the process; None for all others."""

    def adopt(self, client: Any) -> None:
        """Take note that such a client was made."""

    def creating_table(self, name: str, shards: int | None) -> AbstractContextManager[None]:
        """Return a context in which that table is created: its stream starts with `shards` shards.

        When it is left, the table can be used. `shards` is None where `control` is.
        """

    def holds_more(self, stream_arn: str, shard_id: str) -> Callable[[int], bool]:
        """Return what tells whether a shard is to be read on after a sequence number (B13)."""

    def is_quiet(self, since: float, shards: Sequence[ShardReader]) -> bool:
        """Return whether nothing more is expected of these shards.

        Parameters
        ----------
        since : float
            When the run began, on the axis of the clock's environment.
        shards : sequence of ShardReader
            All that mappings read now.
        """
