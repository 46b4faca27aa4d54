"""One event source mapping: its states, its checkpoints, and a poller for each shard that may be read."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import simpy

from cdc_lab.emulator.lambda_.event_source_mapping.destinations import GivenUp
from cdc_lab.emulator.lambda_.event_source_mapping.gate import Gate, Stopped
from cdc_lab.emulator.lambda_.event_source_mapping.parameters import Parameters
from cdc_lab.emulator.lambda_.event_source_mapping.poller import ShardPoller
from cdc_lab.emulator.lambda_.event_source_mapping.roles import (
    Event,
    PollerService,
    ReadableStream,
    Records,
    ShardReader,
    Steps,
)
from cdc_lab.emulator.local_time import local_time
from cdc_lab.errors import ServiceError

TRANSITION_SECONDS = 1.0
"""How long a mapping stays in Creating, Updating, Enabling, Disabling or Deleting: a choice of ours.
On AWS it may be minutes, in which LATEST misses events (C7)."""


class EventSourceMapping:
    """A mapping between one stream and one function.

    Attributes
    ----------
    uuid, arn, stream_arn, function_name : str
    parameters : Parameters
        In force now; an update takes effect when its transition is over.
    state : str
        Creating, Enabling, Enabled, Disabling, Disabled, Updating or Deleting (C2).
    checkpoints : dict of str to int
        Per shard id: everything up to that sequence number is done.
    """

    def __init__(
        self,
        service: PollerService,
        stream: ReadableStream,
        *,
        uuid: str,
        arn: str,
        function_name: str,
        function_arn: str,
        parameters: Parameters,
        enabled: bool,
    ) -> None:
        self.service = service
        self.stream = stream
        self.uuid = uuid
        self.arn = arn
        self.stream_arn = stream.arn
        self.function_name = function_name
        self.function_arn = function_arn
        self.parameters = parameters
        self.is_enabled = False
        self.state = ""
        self.modified = 0.0
        self.last_result = "No records processed"  # C2
        self.checkpoints: dict[str, int] = {}
        self._is_placed = False
        self._done: set[str] = set()
        self._pollers: dict[str, ShardPoller] = {}
        self._stopping: list[simpy.Process] = []
        self._watch: Gate | None = None
        self._batches = itertools.count(1)
        self._move("Creating", lambda: self._enable() if enabled else None, enabled)

    def __repr__(self) -> str:
        return (
            f"<EventSourceMapping {self.uuid} {self.state} {self.stream.table_name} -> {self.function_name}>"
        )

    def describe(self) -> dict[str, Any]:
        """The mapping as AWS's responses show it."""
        return {
            "UUID": self.uuid,
            **self.parameters.describe(),
            "EventSourceArn": self.stream_arn,
            "FunctionArn": self.function_arn,
            "LastModified": local_time(self.modified),
            "LastProcessingResult": self.last_result,
            "State": self.state,
            "StateTransitionReason": "User action",
            "EventSourceMappingArn": self.arn,
        }

    # -- states -----------------------------------------------------------------------------------

    def update(self, parameters: Parameters, enabled: bool | None, function: tuple[str, str] | None) -> None:
        """Change the mapping; it takes effect when the transition is over."""
        self._refuse_if_busy("update")
        enabled = self.is_enabled if enabled is None else enabled
        state = "Updating" if enabled == self.is_enabled else "Enabling" if enabled else "Disabling"
        old = self.parameters
        restart = (
            old.parallelization != parameters.parallelization
            or old.tumbling != parameters.tumbling
            or function is not None
        )
        if self.is_enabled and not enabled:
            self._disable()

        def finish() -> None:
            self.parameters = parameters
            if function is not None:
                self.function_name, self.function_arn = function
            if enabled and not self.is_enabled:
                self._enable()
            elif enabled and restart:
                self._disable()
                self.service.env.process(self._enable_again())

        self._move(state, finish, enabled)

    def delete(self) -> None:
        """Stop everything; nothing is delivered from now on but what is in flight."""
        self._refuse_if_busy("delete")
        self._disable()
        self._move("Deleting", lambda: self.service.forget(self.uuid), False)

    def close(self) -> None:
        """Stop at once: the lab is closed."""
        self._disable()

    def _refuse_if_busy(self, action: str) -> None:
        if self.state not in ("Enabled", "Disabled"):
            raise ServiceError(
                "ResourceInUseException",
                f"Cannot {action} the event source mapping because it is in use.",
                Type="User",
            )

    def _move(self, state: str, finish: Callable[[], None], enabled: bool) -> None:
        self.state = state
        self.modified = self.service.clock.time()
        self.service.activity.begin()
        self.service.env.process(self._arrive(state, finish, "Enabled" if enabled else "Disabled"))

    def _arrive(self, state: str, finish: Callable[[], None], then: str) -> Steps:
        yield self.service.env.timeout(TRANSITION_SECONDS)
        yield from self._stopped()
        if state != "Deleting":
            self.state = then
        self.service.activity.end()
        finish()

    def _stopped(self) -> Steps:
        # Invocations in flight end before anything new begins.
        for process in self._stopping:
            if process.is_alive:
                yield process
        self._stopping.clear()

    def _enable_again(self) -> Steps:
        with self.service.activity.under_way():
            yield from self._stopped()
        if self.state == "Enabled":
            self._enable()

    def _enable(self) -> None:
        self.is_enabled = True
        self.service.places.join(self.stream_arn, self.uuid)
        if not self._is_placed:
            self._is_placed = True
            self._place()
        self._start_ready()
        self._watch = Gate(self.service.env)
        self.service.env.process(self._follow_shards(self._watch))

    def _disable(self) -> None:
        self.is_enabled = False
        self.service.places.leave(self.stream_arn, self.uuid)
        if self._watch is not None:
            self._watch.stop()
        for shard_id, poller in self._pollers.items():
            poller.stop()
            self._stopping.append(poller.process)
            # The poller goes on to move its checkpoint while an invocation is in flight.
            self.service.env.process(self._keep_checkpoint(shard_id, poller))
        self._pollers.clear()

    def _keep_checkpoint(self, shard_id: str, poller: ShardPoller) -> Steps:
        self.checkpoints[shard_id] = poller.progress.position
        if poller.process.is_alive:
            yield poller.process
        self.checkpoints[shard_id] = poller.progress.position

    # -- shards -----------------------------------------------------------------------------------

    def _place(self) -> None:
        # LATEST means the moment at which polling starts, not the one of the API call (C7).
        now = self.service.clock.time()
        for shard in self.stream.shards.values():
            shard.trim(now)
            if self.parameters.starting_position == "TRIM_HORIZON":
                self.checkpoints[shard.shard_id] = shard.horizon()
            elif shard.is_closed:
                self._done.add(shard.shard_id)
            else:
                self.checkpoints[shard.shard_id] = shard.start_latest()

    def _follow_shards(self, gate: Gate) -> Steps:
        try:
            while True:
                yield from gate.wait(self.stream.wait())
                self._start_ready()
        except Stopped:
            pass

    def _ready(self) -> list[ShardReader]:
        # A child is read only when its parent is done, or gone (B19).
        shards = self.stream.shards
        return [
            shard
            for shard in shards.values()
            if shard.shard_id not in self._done
            and shard.shard_id not in self._pollers
            and (shard.parent_id is None or shard.parent_id in self._done or shard.parent_id not in shards)
        ]

    def _start_ready(self) -> None:
        for shard in self._ready():
            position = self.checkpoints.setdefault(shard.shard_id, shard.horizon())
            self._pollers[shard.shard_id] = ShardPoller(self, shard, position)

    def finished(self, shard: ShardReader) -> None:
        """A shard was read to its end and all of it was processed: its children may start."""
        self._done.add(shard.shard_id)
        poller = self._pollers.pop(shard.shard_id, None)
        if poller is not None:
            self.checkpoints[shard.shard_id] = poller.progress.position
        if self.is_enabled:
            self._start_ready()

    @property
    def polled_shards(self) -> list[ShardReader]:
        """The shards that are read now."""
        return [poller.shard for poller in self._pollers.values()]

    def count_idle_polls(self) -> None:
        """Bring the count of polls up to the present."""
        for poller in self._pollers.values():
            poller.source.count_idle_polls()

    @property
    def is_drained(self) -> bool:
        """Whether nothing is left to deliver or to retry, as long as nobody writes."""
        if not self.is_enabled:
            return True
        return not self._ready() and all(poller.is_drained for poller in self._pollers.values())

    # -- what pollers report ----------------------------------------------------------------------

    def next_batch(self) -> int:
        """Number of a new batch."""
        return next(self._batches)

    def processed(self, outcome: str) -> None:
        """An invocation ended."""
        self.last_result = "PROBLEM: Function call failed" if outcome in ("error", "timeout") else "OK"

    def give_up(
        self,
        shard_id: str,
        records: Records,
        condition: str,
        invoked: int,
        error: str | None,
        event: Callable[[Records], Event],
    ) -> None:
        """Records will not be delivered any more: tell the destination, and note it."""
        now = self.service.clock.time()
        destination, delivered = "", False
        if condition != "ExpiredAtSource":
            destination = self.parameters.destination
        if destination:
            failure = GivenUp(
                function_arn=self.function_arn,
                stream_arn=self.stream_arn,
                shard_id=shard_id,
                mapping=self.uuid,
                condition=condition,
                invoke_count=invoked,
                function_error=error,
                records=records,
                at=now,
                payload=lambda: event(records),
            )
            delivered = self.service.destinations.send(destination, failure)
        numbers = [record.sequence_number for record in records]
        self._note(shard_id, condition, numbers, invoked, destination, delivered)

    def give_up_lost(self, shard_id: str, sequence_numbers: Sequence[int]) -> None:
        """Note that records were trimmed before this mapping read them."""
        self._note(shard_id, "ExpiredAtSource", sequence_numbers)

    def _note(
        self,
        shard_id: str,
        condition: str,
        sequence_numbers: Sequence[int],
        invoked: int = 0,
        destination: str = "",
        delivered: bool = False,
    ) -> None:
        self.service.recorder.add_failure(
            at=self.service.clock.time(),
            function=self.function_name,
            mapping=self.uuid,
            condition=condition,
            shard_id=shard_id,
            sequence_numbers=sequence_numbers,
            invoke_count=invoked,
            destination=destination,
            delivered=delivered,
        )
