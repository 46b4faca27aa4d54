"""The Lambda service of the lab: functions, invocations, and event source mappings."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from cdc_lab.clock import Clock
from cdc_lab.emulator.faults import NO_FAULTS, FaultPlan, Faults
from cdc_lab.emulator.lambda_.activity import Activity
from cdc_lab.emulator.lambda_.event_source_mapping.destinations import Destinations
from cdc_lab.emulator.lambda_.event_source_mapping.mapping import EventSourceMapping
from cdc_lab.emulator.lambda_.event_source_mapping.places import ReaderPlaces
from cdc_lab.emulator.lambda_.event_source_mapping.roles import Event, ReadableStream, Records, ShardReader
from cdc_lab.emulator.lambda_.functions import Function, Handler
from cdc_lab.emulator.lambda_.invocation import Invocation, current_invocation, new_world
from cdc_lab.emulator.lambda_.logs import LogGroups
from cdc_lab.emulator.lambda_.results import Result
from cdc_lab.emulator.latencies import Latencies
from cdc_lab.errors import LabError
from cdc_lab.trace import Recorder

_UNLIMITED = 1 << 60
THROTTLED = "TooManyRequestsException: Rate Exceeded."


class Streams(Protocol):
    """The streams that mappings read, wherever they lie."""

    def get(self, arn: str) -> ReadableStream | None:
        """Return the stream of that ARN; None where there is none."""


class LambdaService:
    """Functions and mappings of the emulated account.

    Parameters
    ----------
    clock : Clock
    streams : Streams
    recorder : Recorder
    seed : int
        Every id follows from it.
    account_id, region : str
    clients : callable
        Gives the lab's own boto3 client of a service, for destinations.
    latencies : Latencies, optional
        Of functions that name none.
    split : callable, optional
        Splits a shard of a stream (its ARN, the shard's id), for ``Faults(splits=...)``.

    Attributes
    ----------
    activity : Activity
        What is under way.
    plan : FaultPlan
        What goes wrong in the present run.
    disturbed : FaultPlan or None
        Of the last run that was given faults.
    """

    def __init__(
        self,
        clock: Clock,
        streams: Streams,
        recorder: Recorder,
        seed: int,
        account_id: str,
        region: str,
        clients: Callable[[str], Any],
        latencies: Latencies | None = None,
        split: Callable[[str, str], None] | None = None,
    ) -> None:
        self.clock = clock
        self.env = clock.env
        self.streams = streams
        self.recorder = recorder
        self.seed = seed
        self.account_id = account_id
        self.region = region
        self.functions: dict[str, Function] = {}
        self.mappings: dict[str, EventSourceMapping] = {}
        self.places = ReaderPlaces()
        self.destinations = Destinations(clients, seed)
        self._latencies = latencies or Latencies()
        self.logs = LogGroups(clock, recorder, account_id, region)
        self.activity = Activity()
        self._split = split
        self.plan = FaultPlan(NO_FAULTS)
        self._faults_on = False
        self.disturbed: FaultPlan | None = None
        self._left = self._allowed = _UNLIMITED
        self._world = new_world(clock)
        self._ids = random.Random(f"{seed}:lambda")
        self._requests = random.Random(f"{seed}:invocations")

    # -- functions --------------------------------------------------------------------------------

    def create_function(
        self,
        name: str,
        handler: Handler,
        timeout: float = 3,
        memory_size: int = 128,
        environment: Mapping[str, str] | None = None,
        cold_starts: float = 0.0,
        reserved_concurrency: int | None = None,
        latencies: Latencies | None = None,
        watchdog_seconds: float = 10.0,
    ) -> Function:
        """Deploy a Python function. One of the same name is replaced; its mappings stay.

        Parameters
        ----------
        name : str
        handler : callable
            ``handler(event, context)``.
        timeout : float
            Seconds of lab time after which the invocation is cut.
        memory_size : int
            MB; what the context shows.
        environment : mapping of str to str, optional
            ``os.environ`` of the handler, beside what Lambda sets.
        cold_starts : float
            Share of invocations that start in a fresh environment, chosen by the lab's seed.
        reserved_concurrency : int, optional
            How many invocations may run at the same time.
        latencies : Latencies, optional
            How long the handler's AWS calls take.
        watchdog_seconds : float
            Real seconds after which a handler is ended that neither sleeps nor calls AWS.

        Raises
        ------
        LabError
            For a handler that is no ``handler(event, context)``, or a limit that Lambda does not have.
        """
        function = Function(
            name,
            handler,
            arn=self.function_arn(name),
            region=self.region,
            seed=self.seed,
            timeout=timeout,
            memory_size=memory_size,
            environment=environment or {},
            cold_starts=cold_starts,
            reserved_concurrency=reserved_concurrency,
            latencies=latencies or self._latencies,
            watchdog_seconds=watchdog_seconds,
            modified=self.clock.time(),
        )
        self.functions[name] = function
        return function

    def function_arn(self, name: str) -> str:
        """The ARN of a function of this account."""
        return f"arn:aws:lambda:{self.region}:{self.account_id}:function:{name}"

    # -- mappings ---------------------------------------------------------------------------------

    def new_uuid(self) -> str:
        """A UUID that follows from the seed."""
        return str(uuid.UUID(int=self._ids.getrandbits(128), version=4))

    def forget(self, mapping_uuid: str) -> None:
        """Take note that the deletion of a mapping is complete."""
        del self.mappings[mapping_uuid]

    def drained(self) -> bool:
        """Whether nothing is left to deliver or to retry for any enabled mapping."""
        return self.activity.has_ended and all(mapping.is_drained for mapping in self.mappings.values())

    def polled_shards(self) -> list[ShardReader]:
        """Return the shards that enabled mappings read now."""
        enabled = (mapping for mapping in self.mappings.values() if mapping.is_enabled)
        return [shard for mapping in enabled for shard in mapping.polled_shards]

    def close(self) -> None:
        """Stop every mapping: the lab is closed."""
        for mapping in self.mappings.values():
            mapping.close()

    # -- runs -------------------------------------------------------------------------------------

    @contextmanager
    def running(self, faults: Faults | None = None, max_invocations: int | None = None) -> Iterator[None]:
        """One run of the lab: its faults, and how many invocations it may make.

        When it makes more, the step of the environment that does so raises LabError.
        """
        if faults is not None and not isinstance(faults, Faults):
            raise LabError(f"faults={faults!r} is no Faults: write Faults(seed=..., duplicates=...)")
        self.apply(faults)
        self._left = self._allowed = _UNLIMITED if max_invocations is None else max_invocations
        try:
            yield
        finally:
            self.apply(None)
            self._left = _UNLIMITED
            for mapping in self.mappings.values():
                mapping.count_idle_polls()

    def apply(self, faults: Faults | None) -> None:
        """Let these faults happen from now on; None ends them."""
        self.plan = FaultPlan(faults or NO_FAULTS)
        self._faults_on = faults is not None
        if faults is not None:
            self.disturbed = self.plan

    def begin(
        self,
        function_name: str,
        event: Callable[[], Event],
        place: Sequence[object],
        request_id: str | None = None,
    ) -> Invocation | str:
        """Start an invocation; or say why Lambda refuses to.

        Parameters
        ----------
        function_name : str
        event : callable
            Makes a fresh event.
        place : sequence
            What identifies the attempt, for the faults.
        request_id : str, optional
            Of an earlier attempt whose retry this is.
        """
        function = self.functions.get(function_name)
        if function is None:
            return f"ResourceNotFoundException: Function not found: {self.function_arn(function_name)}"
        limit = function.reserved_concurrency
        if (limit is not None and function.in_flight >= limit) or self.plan.draw("throttles", *place):
            return THROTTLED
        return self.invocation(function, event(), request_id)

    def invocation(self, function: Function, event: Any, request_id: str | None = None) -> Invocation:
        """One run of a function, not yet started."""
        self._left -= 1
        if self._left == -1:
            text = (
                f"more than {self._allowed} invocations in one run: a handler that writes to its own source "
                "table never ends; or raise run(max_invocations=...)"
            )
            self._raise_soon(LabError(text))
        request_id = request_id or str(uuid.UUID(int=self._requests.getrandbits(128), version=4))
        return Invocation(function, event, request_id, clock=self.clock, world=self._world, plan=self.plan)

    def invoke(self, function: Function, event: Any) -> Result:
        """Invoke synchronously, from a cell or from within a handler: lab time passes."""
        invocation = self.invocation(function, event)
        caller = current_invocation()
        for seconds in invocation.steps():
            if caller is not None:
                caller.pass_time(seconds)
            else:
                self.env.run(until=self.env.now + seconds)
        self._add_run(invocation)
        if invocation.stops is not None:
            if caller is not None:
                caller.refused = invocation.refused
            raise invocation.stops
        return invocation.result

    def log(self, invocation: Invocation) -> None:
        """Log an invocation that has ended and that nobody waits for."""
        self._add_run(invocation)
        if invocation.stops is not None:
            self._raise_soon(invocation.stops)

    def _add_run(self, invocation: Invocation) -> None:
        result = invocation.result
        self.recorder.add_run(
            started=result.started,
            ended=result.ended,
            function=invocation.function.name,
            request_id=invocation.request_id,
            log_stream=invocation.instance.log_stream_name,
            memory_size=invocation.function.memory_size,
            init=invocation.init,
            status=result.status,
            lines=invocation.lines,
            calls=invocation.calls,
        )

    def after_invocation(self, invocation: Invocation, stream_arn: str, shard_id: str) -> None:
        """Do what happens beside the batch when an invocation ended."""
        self.log(invocation)
        if self._split is not None and self._faults_on and self.plan.splits_now():
            self._split(stream_arn, shard_id)

    def poison(self, event: Event, records: Records) -> None:
        """Make the images of poisoned records unreadable (a fault)."""
        if not self._faults_on or self.plan.faults.poison in ((), 0):
            return
        for stored, record in zip(records, event["Records"], strict=True):
            if self.plan.is_poisoned(stored.event_id, stored.keys, stored.sequence_number):
                body = record["dynamodb"]
                for name in [name for name in ("NewImage", "OldImage") if name in body] or ["Keys"]:
                    body[name] = {attribute: {"POISON": ""} for attribute in body[name]}

    def _raise_soon(self, error: BaseException) -> None:
        # Reaches the reader through the environment's step, and leaves every poller able to go on.
        failed = self.env.event()
        self.activity.begin()  # nothing is drained before it is said
        failed.callbacks.append(self._said)
        failed.fail(error)  # type: ignore[arg-type]  # simpy takes an interrupt, too

    def _said(self, _: object) -> None:
        self.activity.end()
