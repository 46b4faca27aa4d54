"""A mapping of a stream: its checkpoints, and a poller for each shard that may be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cdc_lab.emulator.lambda_.event_source_mapping import parameters as esm
from cdc_lab.emulator.lambda_.event_source_mapping.destinations import GivenUp
from cdc_lab.emulator.lambda_.event_source_mapping.gate import Gate, Stopped
from cdc_lab.emulator.lambda_.event_source_mapping.lifecycle import Described, EventSourceMapping
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


def no_access(stream_arn: str) -> str:
    """Return how Lambda says that the function's role may not read a stream (C9)."""
    return (
        f"Cannot access stream {stream_arn}. Please ensure the role can perform the GetRecords, "
        "GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
    )


class StreamMapping(EventSourceMapping[Parameters]):
    """A mapping between one stream and one function.

    Attributes
    ----------
    stream_arn : str
        The source's ARN.
    checkpoints : dict of str to int
        Per shard id: everything up to that sequence number is done.
    """

    transition_reason = "User action"  # C2
    rights = (  # C9
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:DescribeStream",
        "dynamodb:ListStreams",
    )

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
        self.stream = stream
        self.stream_arn = stream.arn
        self.last_result = "No records processed"  # C2
        self.checkpoints: dict[str, int] = {}
        self._is_placed = False
        self._done: set[str] = set()
        self._pollers: dict[str, ShardPoller] = {}
        self._watch: Gate | None = None
        super().__init__(
            service,
            uuid=uuid,
            arn=arn,
            source_arn=stream.arn,
            function_name=function_name,
            function_arn=function_arn,
            parameters=parameters,
            enabled=enabled,
        )

    def describe(self, parameters: Described | None = None) -> dict[str, Any]:
        """Return the mapping as AWS's responses show it."""
        result = f"PROBLEM: {no_access(self.stream_arn)}" if self.is_denied else self.last_result
        return {**super().describe(parameters), "LastProcessingResult": result}

    def changed(self, params: Mapping[str, Any]) -> Parameters:
        """Return the parameters after an UpdateEventSourceMapping."""
        return esm.updated(self.parameters, params)

    # -- states -----------------------------------------------------------------------------------

    def _restarts(self, old: Parameters, new: Parameters) -> bool:
        return old.parallelization != new.parallelization or old.tumbling != new.tumbling

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
        self.checkpoints[shard_id] = poller.checkpoint.position
        if poller.process.is_alive:
            yield poller.process
        self.checkpoints[shard_id] = poller.checkpoint.position

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
            self.checkpoints[shard.shard_id] = poller.checkpoint.position
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

    def processed(self, outcome: str) -> None:
        """Take note that an invocation ended."""
        self.last_result = "PROBLEM: Function call failed" if outcome in ("error", "timeout") else "OK"

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
        """Tell the destination that records will not be delivered any more, and note it."""
        now = self.service.clock.time()
        destination, delivered = "", False
        if condition != "ExpiredAtSource":
            destination = self.parameters.destination
        if destination:
            failure = GivenUp(
                function_arn=self.function_arn,
                version=version,
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
