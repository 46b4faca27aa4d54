"""The Lambda service of the lab: functions, invocations, and event source mappings."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import simpy

from cdc_lab.clock import Clock
from cdc_lab.emulator.faults import NO_FAULTS, FaultPlan, Faults
from cdc_lab.emulator.iam.actions import Request
from cdc_lab.emulator.lambda_.activity import Activity
from cdc_lab.emulator.lambda_.deployed_code import DeployedCode
from cdc_lab.emulator.lambda_.event_source_mapping.destinations import Destinations
from cdc_lab.emulator.lambda_.event_source_mapping.mapping import StreamMapping
from cdc_lab.emulator.lambda_.event_source_mapping.places import ReaderPlaces
from cdc_lab.emulator.lambda_.event_source_mapping.queue_mapping import QueueMapping
from cdc_lab.emulator.lambda_.event_source_mapping.queue_roles import Queues
from cdc_lab.emulator.lambda_.event_source_mapping.roles import Event, Records, ShardReader, Streams
from cdc_lab.emulator.lambda_.functions import Concurrency, Function, Handler
from cdc_lab.emulator.lambda_.ids import seeded_uuid
from cdc_lab.emulator.lambda_.invocation import Invocation, current_invocation, new_world
from cdc_lab.emulator.lambda_.invoke_configs import InvokeConfigs
from cdc_lab.emulator.lambda_.logs import LogGroups
from cdc_lab.emulator.lambda_.permissions import Permissions
from cdc_lab.emulator.lambda_.regions import FunctionsByRegion
from cdc_lab.emulator.lambda_.results import Result
from cdc_lab.emulator.lambda_.runs import Runs, refuse_in_handler
from cdc_lab.emulator.lambda_.trial import Trial
from cdc_lab.emulator.lambda_.versions import FunctionVersions
from cdc_lab.emulator.latencies import Latencies
from cdc_lab.emulator.regions import checked_region, partition_of
from cdc_lab.errors import LabError
from cdc_lab.trace import Recorder

_UNLIMITED = 1 << 60
THROTTLED = "TooManyRequestsException: Rate Exceeded."


class LambdaService:
    """Functions and mappings of the emulated account.

    Parameters
    ----------
    clock : Clock
    streams : Streams
    queues : Queues
    recorder : Recorder
    seed : int
        Every id follows from it.
    account_id, region : str
        The account, and the region of functions that name none.
    clients : callable
        Gives the lab's own boto3 client of a service in a region, for destinations.
    latencies : Latencies, optional
        Of functions that name none.
    split : callable, optional
        Splits a shard of a stream (its ARN, the shard's id), for ``Faults(splits=...)``.

    Attributes
    ----------
    functions : FunctionsByRegion
    mappings : dict of str to EventSourceMapping
        By UUID, those of all regions.
    activity : Activity
        What is under way.
    runs : Runs
        Who moves lab time.
    plan : FaultPlan
        What goes wrong in the present run.
    disturbed : list of FaultPlan
        Of the runs that were given faults, in order.
    trial : Trial
        How a test uses the lab.
    code : DeployedCode
        Of functions that templates declare.
    rights : dict of str to dict of Request
        By function, what its role needed for the calls that its handler made, in the order of the first ones.
    policies : mapping of str to mapping
        By function, the policy documents of functions that are created without one.
    """

    def __init__(
        self,
        clock: Clock,
        streams: Streams,
        queues: Queues,
        recorder: Recorder,
        seed: int,
        account_id: str,
        region: str,
        clients: Callable[[str, str], Any],
        latencies: Latencies | None = None,
        split: Callable[[str, str], None] | None = None,
    ) -> None:
        self.clock = clock
        self.env = clock.env
        self.runs = Runs(clock.env)
        self.streams = streams
        self.queues = queues
        self.recorder = recorder
        self.seed = seed
        self.account_id = account_id
        self._revisions = random.Random(f"{seed}:revisions")
        self.functions = FunctionsByRegion(account_id, region, self._new_versions)
        self.mappings: dict[str, StreamMapping | QueueMapping] = {}
        self.code = DeployedCode()
        self.rights: dict[str, dict[Request, None]] = {}
        self.policies: Mapping[str, Mapping[str, Any]] = {}
        self.places = ReaderPlaces()
        self.destinations = Destinations(clients, seed, self.allows)
        self.invoke_configs = InvokeConfigs(clock)
        self._latencies = latencies or Latencies()
        self.logs = LogGroups(clock, recorder, account_id)
        self.activity = Activity()
        self._split = split
        self.plan = FaultPlan(NO_FAULTS)
        self._faults_on = False
        self.disturbed: list[FaultPlan] = []
        self.trial = Trial()
        self._made: list[Function] = []
        self._left = self._allowed = _UNLIMITED
        self._world = new_world(clock, self.trial)
        self._ids = random.Random(f"{seed}:lambda")
        self._requests = random.Random(f"{seed}:invocations")
        self._events = itertools.count(1)

    # -- functions --------------------------------------------------------------------------------

    def create_function(
        self,
        name: str,
        handler: Handler,
        timeout: float = 3,
        memory_size: int = 128,
        environment: Mapping[str, str] | None = None,
        cold_starts: float | None = None,
        reserved_concurrency: int | None = None,
        latencies: Latencies | None = None,
        watchdog_seconds: float = 10.0,
        policy: Mapping[str, Any] | str | None = None,
        dead_letter: str = "",
        region: str | None = None,
    ) -> Function:
        """Deploy a Python function. One of the same name is replaced; versions, aliases and mappings stay.

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
        cold_starts : float, optional
            Share of invocations that start in a fresh environment, chosen by the lab's seed: none.
        reserved_concurrency : int, optional
            How many invocations may run at the same time.
        latencies : Latencies, optional
            How long the handler's AWS calls take.
        watchdog_seconds : float
            Processor seconds after which a handler is ended that neither sleeps nor calls AWS.
        policy : dict or str, optional
            An IAM policy document, as JSON or as a dict: what the function's role may do. Calls of the
            handler outside it are refused as AWS refuses them, and so are mappings and destinations for which
            the role lacks a right (C9). Without it everything is allowed.
        dead_letter : str, optional
            ARN of a standard queue or topic (``DeadLetterConfig``): events of asynchronous invocations that
            were given up go there.
        region : str, optional
            The only region that has the function, as on AWS. Without it the function is deployed in every
            region: an application that names its region finds it there.

        Returns
        -------
        Function
            That region's; without one, that of the lab's region.

        Raises
        ------
        LabError
            For a handler that cannot be called as ``handler(event, context)``; for a limit or region that AWS
            does not have; and for a policy or dead-letter target that the lab does not emulate.
        """
        if environment is not None and not isinstance(environment, Mapping):
            raise LabError(f"environment={environment!r}: give a dict of names and values")
        allowed = reserved_concurrency
        if allowed is not None and (type(allowed) is not int or allowed < 0):
            raise LabError(f"reserved_concurrency={allowed!r}: give a number of invocations, 0 or more")
        if latencies is not None and not isinstance(latencies, Latencies):
            raise LabError(f"latencies={latencies!r} is no Latencies: write Latencies(call=0.005, ...)")
        modified = self.clock.time()
        policy = self.policies.get(name) if policy is None else policy
        permissions = Permissions.of(name, self.account_id, policy) if policy is not None else None
        outside = self.trial.outside() if self.trial.outside is not None else None

        def make(region: str, arn: str, concurrency: Concurrency) -> Function:
            concurrency.limit = reserved_concurrency
            made = Function(
                name,
                handler,
                arn=arn,
                region=region,
                seed=self.seed,
                timeout=timeout,
                memory_size=memory_size,
                environment=environment or {},
                cold_starts=self.trial.cold_starts if cold_starts is None else cold_starts,
                concurrency=concurrency,
                latencies=latencies or self._latencies,
                watchdog_seconds=watchdog_seconds,
                modified=modified,
                revision_id=self._new_revision(),
                dead_letter=dead_letter,
                permissions=permissions,
                outside=outside,
            )
            self._made.append(made)
            return made

        deployed = self.functions.deploy(name, make, None if region is None else checked_region(region))
        for mapping in self.mappings.values():
            if mapping.function_name == name:
                mapping.review_rights()
        return deployed

    def _new_versions(self, name: str, arn: str) -> FunctionVersions:
        return FunctionVersions(name, arn, self.seed, self._new_revision)

    def _new_revision(self) -> str:
        return seeded_uuid(self._revisions)

    def allows(self, function_arn: str, action: str, resource: str) -> bool:
        """Return whether the role of a function may do that; a function without a policy may do all."""
        function = self.functions.find(function_arn)
        permissions = function.permissions if function is not None else None
        return permissions is None or permissions.refusal(action, resource) is None

    # -- mappings ---------------------------------------------------------------------------------

    def new_uuid(self) -> str:
        """A UUID that follows from the seed."""
        return seeded_uuid(self._ids)

    def new_request_id(self) -> str:
        """A request id that follows from the seed."""
        return seeded_uuid(self._requests)

    def new_event_number(self) -> int:
        """Return the number of a new event that is delivered asynchronously."""
        return next(self._events)

    def mapping_arn(self, region: str, mapping_uuid: str) -> str:
        """The ARN of an event source mapping."""
        owner = f"arn:{partition_of(region)}:lambda:{region}:{self.account_id}"
        return f"{owner}:event-source-mapping:{mapping_uuid}"

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

    def give_back(self) -> None:
        """Let classes and modules hold what they held when a test created its functions."""
        while self._made:
            self._made.pop().give_back()  # the first that was made has seen them first

    def close(self) -> None:
        """Stop every mapping, and end the threads that handlers left: the lab is closed."""
        for mapping in self.mappings.values():
            mapping.close()
        for runtime in list(self._world.frozen):
            runtime.end_frozen()
        self.give_back()
        self.code.close()

    # -- runs -------------------------------------------------------------------------------------

    @contextmanager
    def running(self, faults: Faults | None = None, max_invocations: int | None = None) -> Iterator[None]:
        """One run of the lab: its faults, and how many invocations it may make.

        When it makes more, the step of the environment that does so raises LabError.
        """
        if faults is not None and not isinstance(faults, Faults):
            raise LabError(f"faults={faults!r} is no Faults: write Faults(seed=..., duplicates=...)")
        refuse_in_handler("lab.run() or lab.clock.advance()")
        with self.runs.one("lab.run()"):
            self.apply(faults)
            self._left = self._allowed = _UNLIMITED if max_invocations is None else max_invocations
            try:
                yield
            finally:
                self.apply(None)
                self._left = _UNLIMITED
                for mapping in self.mappings.values():
                    mapping.count_idle_polls()

    def pass_time(self, seconds: float, news: simpy.Event | None = None) -> bool:
        """Let lab time pass while the code that runs now waits; less of it where news come earlier.

        In a handler other handlers run meanwhile. In a cell the lab runs on: mappings deliver.

        Returns
        -------
        bool
            False where no time passes because somebody else moves it: in a thread that a handler started, and
            in a call of Lambda itself.
        """
        invocation = current_invocation()
        if invocation is not None:
            invocation.pass_time(seconds, news)
            return True
        if self.runs.is_under_way:
            return False
        with self.runs.one("a call that waits"):
            self.runs.pass_time(seconds, news)
        return True

    def meet(self, mapping: StreamMapping | QueueMapping, operation: str) -> None:
        """Let a transition of a mapping end before a cell's operation meets it for the second time.

        Outside handlers lab time stands still: code that asks again and again until the state is another one
        would never end. The first answer shows the transition, as on AWS (C2).
        """
        if mapping.arrival is None or current_invocation() is not None or self.runs.is_under_way:
            return
        if operation not in mapping.met_by:
            mapping.met_by.add(operation)
            return
        with self.runs.one("a call that waits"):
            self.runs.pass_until(mapping.arrival)

    def apply(self, faults: Faults | None) -> None:
        """Let these faults happen from now on; None ends them."""
        self.plan = FaultPlan(faults or NO_FAULTS, self.trial.watch if faults is not None else None)
        self._faults_on = faults is not None
        if faults is not None:
            self.disturbed.append(self.plan)

    def begin(
        self,
        function_arn: str,
        event: Callable[[], Event],
        place: Sequence[object],
        request_id: str | None = None,
    ) -> Invocation | str:
        """Start an invocation; or say why Lambda refuses to.

        Parameters
        ----------
        function_arn : str
            With a qualifier, where a version or an alias is invoked.
        event : callable
            Makes a fresh event.
        place : sequence
            What identifies the attempt, for the faults.
        request_id : str, optional
            Of an earlier attempt whose retry this is.
        """
        function = self.functions.route(function_arn)
        if function is None:
            return f"ResourceNotFoundException: Function not found: {function_arn}"
        if function.concurrency.is_used_up or self.plan.draw("throttles", *place):
            return THROTTLED
        return self.invocation(function, function_arn, event(), request_id)

    def invocation(
        self, function: Function, invoked_arn: str, event: Any, request_id: str | None = None
    ) -> Invocation:
        """One run of a version of a function, not yet started."""
        self._left -= 1
        if self._left == -1:
            text = (
                f"more than {self._allowed} invocations in one run: a handler that writes to its own source "
                "table never ends; or raise run(max_invocations=...)"
            )
            self._raise_soon(LabError(text))
        request_id = request_id or self.new_request_id()
        return Invocation(
            function,
            event,
            request_id,
            invoked_arn=invoked_arn,
            clock=self.clock,
            world=self._world,
            plan=self.plan,
        )

    def invoke(self, function: Function, invoked_arn: str, event: Any) -> Result:
        """Invoke synchronously, from a cell or from within a handler: lab time passes."""
        invocation = self.invocation(function, invoked_arn, event)
        caller = current_invocation()
        if caller is not None:
            for seconds in invocation.steps():
                caller = caller.pass_time(seconds, invocation.news)
        else:
            with self.runs.one("Invoke"):
                for seconds in invocation.steps():
                    self.runs.pass_time(seconds, invocation.news)
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
        self.trial.note_raised(invocation.request_id, invocation.raised)
        self.recorder.add_run(
            started=result.started,
            ended=result.ended,
            function=invocation.function.name,
            region=invocation.function.region,
            version=invocation.function.version,
            request_id=invocation.request_id,
            log_stream=invocation.instance.log_stream_name,
            memory_size=invocation.function.memory_size,
            init=invocation.init,
            status=result.status,
            lines=invocation.lines,
            calls=invocation.calls,
            unfollowed=invocation.unfollowed,
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
