"""The same workload through the lab's own poller, record by record: it checks the coarse simulation.

Streams are scripted: their records are there at their times, and nobody writes them. Everything behind them
is the lab's: the mapping, its pollers, batches, retries, the function with its concurrency.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import simpy

from cdc_lab.clock import Clock
from cdc_lab.emulator.lambda_.event_source_mapping.mapping import StreamMapping
from cdc_lab.emulator.lambda_.event_source_mapping.parameters import Parameters
from cdc_lab.emulator.lambda_.service import LambdaService
from cdc_lab.emulator.latencies import Latencies
from cdc_lab.emulator.signal import Signal
from cdc_lab.emulator.streams.shards import RETENTION_SECONDS, estimated_event_size
from cdc_lab.planner import limits
from cdc_lab.planner.arrivals import Arrivals, Even
from cdc_lab.planner.metrics import Metrics, Outcome
from cdc_lab.planner.simulation import arrivals_of, checked_times, pieces_of, special
from cdc_lab.planner.workload import (
    Function,
    Incident,
    Outage,
    PlanError,
    Workload,
    mapping_parameters,
)
from cdc_lab.trace import Recorder

_ACCOUNT, _REGION = "123456789012", "us-east-1"
_MOST_RECORDS = 5_000_000


class _Queues:
    """The queues of a simulation: it has none."""

    def get(self, arn: str) -> None:
        """Return None."""


class ScriptedRecord:
    """A record that nobody wrote: as much of one as a poller asks for."""

    __slots__ = ("is_bad", "item", "sequence_number", "size", "written")

    def __init__(self, number: int, written: float, item: bytes, size: int, is_bad: bool) -> None:
        self.sequence_number = number
        self.written = written
        self.item = item
        self.size = size
        self.is_bad = is_bad

    @property
    def event_id(self) -> str:
        """``eventID``."""
        return str(self.sequence_number)

    @property
    def keys(self) -> str:
        """The key as a label."""
        return self.item.decode()

    @property
    def created(self) -> int:
        """``ApproximateCreationDateTime``."""
        return int(self.written)

    def event_size(self) -> int:
        """Return how many bytes it takes in an event."""
        return estimated_event_size(self.size)

    def to_event(self, stream_arn: str) -> dict[str, Any]:
        """Return what the handler here needs of it."""
        return {"bad": self.is_bad, "number": str(self.sequence_number)}


class ScriptedShard:
    """A shard whose records are there when their time has come."""

    def __init__(
        self,
        clock: Clock,
        name: str,
        arrivals: Arrivals,
        *,
        size: int,
        hot: float = 0.0,
        poison: int = 0,
        parent: str | None = None,
        seed: int,
    ) -> None:
        self._clock = clock
        self._env = clock.env
        self._changed = Signal(clock.env)
        self._arrivals = arrivals
        self._size, self._hot, self._poison = size, hot, poison
        self._rng = random.Random(f"{seed}:{name}")
        self._records: list[ScriptedRecord] = []
        self._dropped = 0
        self._horizon = 0
        self._start = clock.time() - float(clock.env.now)
        self._is_expected = False
        self.shard_id = name
        self.parent_id = parent
        self.is_closed = False

    def close(self) -> None:
        """Close the shard: no record is added any more."""
        self.is_closed = True
        self._final = self._arrivals.count(float(self._env.now))
        self._changed.send()

    def latest(self) -> int:
        """Return the number of the newest record."""
        return self._final if self.is_closed else self._arrivals.count(float(self._env.now))

    start_latest = latest

    def _make(self, until: int) -> None:
        records, draw = self._records, self._rng.random
        for number in range(self._dropped + len(records) + 1, until + 1):
            drawn = draw()
            item = b"hot" if drawn < self._hot else str(drawn).encode()
            at = self._start + self._arrivals.written(number)
            records.append(ScriptedRecord(number, at, item, self._size, number == self._poison))

    def read(self, after: int, limit: int) -> Sequence[ScriptedRecord]:
        """Return records after a position."""
        self._make(self.latest())
        first = max(after, self._horizon) - self._dropped
        found = self._records[first : first + limit]
        if first > 100_000:  # read long ago
            del self._records[:first]
            self._dropped += first
        return found

    def wait(self) -> simpy.Event:
        """Return an event that succeeds when a record is added or the shard closes."""
        if not self._is_expected:
            at = self._arrivals.written(self.latest() + 1)
            if at < float("inf"):
                self._is_expected = True
                self._env.process(self._send_at(at))
        return self._changed.wait()

    def _send_at(self, at: float) -> Any:
        yield self._env.timeout(max(0.0, at - float(self._env.now)))
        self._is_expected = False
        self._changed.send()

    def horizon(self) -> int:
        """Return the position before the oldest record that is left."""
        return self._horizon

    def trim(self, now: float) -> None:
        """Forget what is too old by then."""
        limit = now - self._start - RETENTION_SECONDS
        if limit > 0:
            self._horizon = max(self._horizon, self._arrivals.count(limit))


class ScriptedStream:
    """A stream of scripted shards."""

    table_name = "planned"

    def __init__(self, env: simpy.Environment, shards: Mapping[str, ScriptedShard]) -> None:
        self.arn = f"arn:aws:dynamodb:{_REGION}:{_ACCOUNT}:table/planned/stream/2013-03-08T10:00:00.000"
        self.shards = dict(shards)
        self._news = Signal(env)

    def wait(self) -> simpy.Event:
        """Return an event that succeeds when there are new shards."""
        return self._news.wait()

    def add(self, shards: Mapping[str, ScriptedShard]) -> None:
        """Add shards that continue one that was closed."""
        self.shards.update(shards)
        self._news.send()

    def get(self, arn: str) -> ScriptedStream | None:
        """Return the stream of that ARN."""
        return self if arn == self.arn else None


def run_exact(
    workload: Workload,
    function: Function,
    *,
    seconds: float = 600.0,
    step: float | None = None,
    incidents: Sequence[Incident] = (),
    seed: int = 7,
    **mapping: Any,
) -> Outcome:
    """Run a workload through the lab's own poller; see :func:`cdc_lab.planner.simulate`.

    Parameters
    ----------
    workload, function, seconds, step, incidents, seed, **mapping
        As for `simulate`.

    Raises
    ------
    PlanError
        Also where the run would take more than five million records.
    """
    parameters = mapping_parameters(mapping)
    step = checked_times(seconds, step)
    records = workload.peak * seconds * workload.readers
    if records > _MOST_RECORDS:
        raise PlanError(
            f"{records:,.0f} records, one by one, are more than {_MOST_RECORDS:,}: simulate(...) takes counts"
        )
    return _Run(workload, function, parameters, seconds, step, incidents, seed).outcome()


class _Run:
    def __init__(
        self,
        workload: Workload,
        function: Function,
        parameters: Parameters,
        seconds: float,
        step: float,
        incidents: Sequence[Incident],
        seed: int,
    ) -> None:
        self._workload, self._function = workload, function
        self._parameters = replace(parameters, destination="")  # there is nobody to send anything to
        self._seconds, self._step, self._seed = seconds, step, seed
        self._incidents = incidents
        self._clock = Clock(datetime(2013, 3, 8, 10, tzinfo=UTC))
        self._size = limits.record_bytes(workload.item_bytes, workload.view_type)
        self._first = special(workload, self._share, workload.hot_share * workload.writes, incidents)
        self._stream = ScriptedStream(self._clock.env, self._shards())
        self._recorder = Recorder([])
        self._service = LambdaService(
            self._clock,
            self._stream,
            _Queues(),
            self._recorder,
            seed=seed,
            account_id=_ACCOUNT,
            region=_REGION,
            clients=lambda service, region: None,
            latencies=Latencies(cold_start=0.0),
        )

    @cached_property
    def _share(self) -> float:
        return (1 - self._workload.hot_share) * self._workload.writes / self._workload.shard_count

    def _shards(self) -> dict[str, ScriptedShard]:
        found = {}
        for number in range(self._workload.shard_count):
            if number == 0 and self._first is not None:
                plan = self._first
                found["0"] = self._shard("0", plan.arrivals, hot=plan.hot, poison=plan.poison)
            else:
                found[str(number)] = self._shard(str(number), self._arrivals(str(number)))
        return found

    def _arrivals(self, name: str) -> Arrivals:
        pieces = pieces_of(self._workload, self._share)
        return arrivals_of(self._workload, pieces, self._seconds, f"{self._seed}:{name}")

    def _shard(self, name: str, arrivals: Arrivals, **options: Any) -> ScriptedShard:
        return ScriptedShard(self._clock, name, arrivals, size=self._size, seed=self._seed, **options)

    def _split(self) -> Any:
        assert self._first is not None
        yield self._clock.env.timeout(self._first.closes)
        self._stream.shards["0"].close()
        self._stream.add(
            {
                f"0.{number}": self._shard(f"0.{number}", child.arrivals, hot=child.hot, parent="0")
                for number, child in enumerate(self._first.children)
            }
        )

    def _outage(self, outage: Outage, mappings: Sequence[StreamMapping]) -> Any:
        for at, is_on in ((outage.start, False), (outage.end, True)):
            yield self._clock.env.timeout(at - float(self._clock.env.now))
            for mapping in mappings:
                mapping.update(mapping.parameters, is_on, None)

    def _handler(self) -> Callable[[Any, Any], Any]:
        before, each, reports = (
            self._function.seconds_per_batch,
            self._function.seconds_per_record,
            self._parameters.reports_items,
        )

        def handler(event: Any, context: Any) -> Any:
            records = event["Records"]
            bad = next((place for place, record in enumerate(records) if record["bad"]), None)
            time.sleep(before + each * (len(records) if bad is None else bad + 1))
            if bad is None:
                return None
            if not reports:
                raise ValueError("this record always fails")
            return {"batchItemFailures": [{"itemIdentifier": records[bad]["number"]}]}

        return handler

    def outcome(self) -> Outcome:
        service, workload, env = self._service, self._workload, self._clock.env
        mappings = []
        for reader in range(workload.readers):
            arn = service.create_function(
                f"reader-{reader}",
                self._handler(),
                timeout=self._function.timeout,
                reserved_concurrency=self._function.limit,
            ).arn
            mapping = StreamMapping(
                service,
                self._stream,
                uuid=str(reader),
                arn=service.mapping_arn(_REGION, str(reader)),
                function_name=f"reader-{reader}",
                function_arn=arn,
                parameters=self._parameters,
                enabled=True,
            )
            service.mappings[mapping.uuid] = mapping
            mappings.append(mapping)
        if self._first is not None and self._first.children:
            env.process(self._split())
        for incident in self._incidents:
            if isinstance(incident, Outage):
                env.process(self._outage(incident, mappings))
        with service.running():
            env.run(until=self._seconds)
        service.close()
        return self._measured()

    def _measured(self) -> Outcome:
        metrics = Metrics(self._seconds, self._step)
        start = self._clock.time() - self._seconds
        at_once: list[tuple[float, int]] = []
        rows = list(self._recorder.invocations)
        for row in rows:
            if row.outcome == "throttled":
                metrics.throttle(row.started - start, 1)
                continue
            at_once += [(row.started, 1), (row.ended, -1)]
            metrics.begin(row.started - start, row.started - row.written, 1, 0)
            metrics.end(row.ended - start, row.ended - row.started, row.passed, 1)
            metrics.failed += row.outcome != "success"
        running = 0
        for at, change in sorted(at_once):
            running += change
            step = min(metrics.steps - 1, int((at - start) / self._step))
            metrics.most_at_once[step] = max(metrics.most_at_once[step], running)
        for failure in self._recorder.failures:
            if failure.condition == "ExpiredAtSource":
                metrics.expired += failure.records
            else:
                metrics.given_up += failure.records
        table = Even(pieces_of(self._workload, self._workload.writes * self._workload.readers))
        made = f"the lab's poller, {len(rows):,} invocations, seed {self._seed}"
        return Outcome(metrics, table.count, made)
