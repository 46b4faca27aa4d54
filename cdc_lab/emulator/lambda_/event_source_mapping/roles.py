"""How the parts of an event source mapping know each other, and what they need of their surroundings."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Protocol

import simpy

from cdc_lab.clock import Clock
from cdc_lab.emulator.faults import FaultPlan
from cdc_lab.emulator.lambda_.activity import Activity
from cdc_lab.emulator.lambda_.event_source_mapping.destinations import Destinations
from cdc_lab.emulator.lambda_.event_source_mapping.parameters import Parameters
from cdc_lab.emulator.lambda_.event_source_mapping.places import ReaderPlaces
from cdc_lab.emulator.lambda_.invocation import Invocation
from cdc_lab.trace import Recorder

Steps = Generator[simpy.Event, Any, Any]
"""A part of a process of the lab: it yields what it waits for."""

Event = dict[str, Any]
"""What a function is invoked with, as JSON would have it."""


class PolledRecord(Protocol):
    """One change of one item, as a stream holds it, wherever that lies. Times are epoch seconds."""

    @property
    def event_id(self) -> str:
        """``eventID``."""

    @property
    def keys(self) -> str:
        """The key as a label: ``flight_id=UA1545``."""

    @property
    def item(self) -> bytes:
        """Which item of the table it is about."""

    @property
    def sequence_number(self) -> int:
        """Its position in the shard."""

    @property
    def written(self) -> float:
        """When it was written, as exactly as known."""

    @property
    def created(self) -> int:
        """``ApproximateCreationDateTime`` (A9)."""

    def event_size(self) -> int:
        """Return how many bytes it takes in an event (C11)."""

    def to_event(self, stream_arn: str) -> dict[str, Any]:
        """Return the record as an event carries it (A2)."""


Records = Sequence[PolledRecord]


class ShardReader(Protocol):
    """A shard, wherever it lies. Positions are sequence numbers; records lie after a position."""

    @property
    def shard_id(self) -> str:
        """Its id."""

    @property
    def parent_id(self) -> str | None:
        """The shard that it continues."""

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be added any more."""

    def read(self, after: int, limit: int) -> Records:
        """Return records after a position, oldest first."""

    def wait(self) -> simpy.Event | None:
        """Return an event that succeeds when a record is added or the shard closes.

        None where only a poll can tell.
        """

    def latest(self) -> int:
        """Return the position after the newest record known."""

    def start_latest(self) -> int:
        """Return the position at which LATEST begins, decided now (B9)."""

    def horizon(self) -> int:
        """Return the position before the oldest record that is left."""

    def trim(self, now: float) -> None:
        """Forget what is too old by then."""


class ReadableStream(Protocol):
    """A stream, wherever it lies."""

    @property
    def arn(self) -> str:
        """Its ARN."""

    @property
    def table_name(self) -> str:
        """The table whose changes it holds."""

    @property
    def shards(self) -> Mapping[str, ShardReader]:
        """The shards by id, parents before children."""

    def wait(self) -> simpy.Event:
        """Return an event that succeeds when it is time to look for new shards."""


class Streams(Protocol):
    """The streams that mappings read, wherever they lie."""

    def get(self, arn: str) -> ReadableStream | None:
        """Return the stream of that ARN; None where there is none (any more)."""


class PollerService(Protocol):
    """What pollers and mappings need of the Lambda service."""

    @property
    def clock(self) -> Clock:
        """Lab time."""

    @property
    def env(self) -> simpy.Environment:
        """The event queue of the clock."""

    @property
    def activity(self) -> Activity:
        """What is under way."""

    @property
    def recorder(self) -> Recorder:
        """Takes the rows of the trace."""

    @property
    def places(self) -> ReaderPlaces:
        """Who may read a shard."""

    @property
    def destinations(self) -> Destinations:
        """Takes what is given up."""

    @property
    def plan(self) -> FaultPlan:
        """What goes wrong in the present run."""

    def allows(self, function_arn: str, action: str, resource: str) -> bool:
        """Return whether the role of a function may do that."""

    def begin(
        self, function_arn: str, event: Callable[[], Event], place: Sequence[object]
    ) -> Invocation | str:
        """Start an invocation, or return why Lambda refuses to."""

    def log(self, invocation: Invocation) -> None:
        """Log an invocation that has ended."""

    def after_invocation(self, invocation: Invocation, stream_arn: str, shard_id: str) -> None:
        """Do what happens beside the batch when an invocation ended."""

    def poison(self, event: Event, records: Records) -> None:
        """Make the images of poisoned records unreadable (a fault)."""

    def forget(self, mapping_uuid: str) -> None:
        """Take note that the deletion of a mapping is complete."""


class PolledMapping(Protocol):
    """What pollers need of their mapping."""

    @property
    def service(self) -> PollerService:
        """The Lambda service."""

    @property
    def uuid(self) -> str:
        """Its id."""

    @property
    def stream_arn(self) -> str:
        """The stream that it reads."""

    @property
    def function_name(self) -> str:
        """The function that it invokes."""

    @property
    def function_arn(self) -> str:
        """The function's ARN, with the version or alias that it invokes."""

    @property
    def parameters(self) -> Parameters:
        """The parameters in force now."""

    def next_batch(self) -> int:
        """Return the number of a new batch."""

    def processed(self, outcome: str) -> None:
        """Take note that an invocation ended."""

    def give_up(
        self,
        shard_id: str,
        records: Records,
        condition: str,
        invoked: int,
        version: str,
        error: str | None,
        event: Callable[[Records], Event],
    ) -> None:
        """Tell the destination that records will not be delivered any more."""

    def give_up_lost(self, shard_id: str, sequence_numbers: Sequence[int]) -> None:
        """Take note that records were trimmed before the mapping read them."""

    def finished(self, shard: ShardReader) -> None:
        """Take note that a shard was read to its end and all of it was processed."""
