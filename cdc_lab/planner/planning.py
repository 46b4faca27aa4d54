"""Plan a stream and its function: what it needs, what breaks first, what it costs, and the runs behind it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from cdc_lab.emulator.lambda_.event_source_mapping.source import POLL_SECONDS
from cdc_lab.planner import limits
from cdc_lab.planner.bill import Bill, bill_of
from cdc_lab.planner.knee import capacity
from cdc_lab.planner.metrics import Outcome
from cdc_lab.planner.prices import Prices
from cdc_lab.planner.simulation import simulate
from cdc_lab.planner.workload import Function, Outage, PlanError, Workload, number, whole

if TYPE_CHECKING:
    import pandas as pd

_SIZES = (100, 10, 25, 50, 200, 500, 1000, 2000, 5000, 10_000)  # Lambda's default comes first
_SECONDS = 300.0
_OUTAGE = 600.0
_TIMEOUT_SHARE = 0.5  # a full batch takes no more of the timeout: records are slower on some days


@dataclass(frozen=True, kw_only=True)
class Sink:
    """The table that the function writes to.

    Parameters
    ----------
    writes_per_record : float
        How many items it writes for each record; 0 where it writes to no table.
    item_bytes : int
        Of each.
    is_transactional : bool
        Whether a transaction writes them together with a row that remembers the record
        (``process_with_idempotency``): one small write more, and all of them at double cost (D43).
    """

    writes_per_record: float = 1.0
    item_bytes: int = 300
    is_transactional: bool = True

    def __post_init__(self) -> None:
        number("writes_per_record", self.writes_per_record, 0)
        whole("Sink: item_bytes", self.item_bytes, 1, limits.MAX_ITEM_BYTES)

    def units(self, records: float) -> float:
        """Return the write units that this number of records costs."""
        if not self.writes_per_record:
            return 0.0
        each = self.writes_per_record * limits.write_units(self.item_bytes)
        return records * ((each + 1) * limits.WEIGHT if self.is_transactional else each)


class Run(NamedTuple):
    """A simulation that a plan stands on."""

    what: str
    mapping: dict[str, Any]
    outcome: Outcome


class Limit(NamedTuple):
    """A limit, how much of it the plan uses, and whether AWS raises it on request.

    Attributes
    ----------
    name : str
    used, most : float
    unit : str
    fact : str
    is_quota : bool
        AWS raises it on request.
    """

    name: str
    used: float
    most: float
    unit: str
    fact: str
    is_quota: bool = False

    @property
    def share(self) -> float:
        """How much of it is used: above 1 is too much."""
        return self.used / self.most if self.most else math.inf

    def __str__(self) -> str:
        used, most = f"{self.used:,.6g}", f"{self.most:,.6g}"
        raised = "; AWS raises it on request" if self.is_quota else ""
        return f"{self.name}: {used} of {most} {self.unit} [{self.fact}]{raised}"


class Plan:
    """What a workload needs. As the last expression of a cell it shows itself.

    Attributes
    ----------
    workload : Workload
    function : Function
    sink : Sink
    lag : float
        The target, in seconds.
    shards : int
        Open shards, one for each partition. Nobody sets them: DynamoDB splits partitions as the writes ask.
    mapping : dict
        Parameters for ``CreateEventSourceMapping``.
    concurrency : int
        How many invocations may run at a time: what to reserve.
    sink_units : float
        Write units a second of the sink, at the peak.
    catches_up : float
        Seconds that it takes to catch up after ten minutes without the function; infinite for never.
    limits : tuple of Limit
        The one that breaks first comes first.
    bill : Bill
        Of a month.
    runs : tuple of Run
        The simulations that all this stands on.
    """

    def __init__(
        self,
        *,
        workload: Workload,
        function: Function,
        sink: Sink,
        lag: float,
        mapping: dict[str, Any],
        runs: Sequence[Run],
        catches_up: float,
        prices: Prices,
    ) -> None:
        self.workload, self.function, self.sink, self.lag = workload, function, sink, lag
        self.mapping = mapping
        self.runs = tuple(runs)
        self.catches_up = catches_up
        self.shards = workload.shard_count
        self.concurrency = min(function.limit, self.shards * mapping["ParallelizationFactor"])
        self.sink_units = sink.units(workload.peak)
        found = _limits(workload, function, sink, mapping)
        self.limits = tuple(sorted(found, key=lambda limit: -limit.share))
        self.bill: Bill = bill_of(workload, function, sink.units(workload.writes), self.outcome, prices)

    @property
    def outcome(self) -> Outcome:
        """The run of the plan itself."""
        found: Outcome = next(run.outcome for run in self.runs if run.what == "the plan")
        return found

    @property
    def breaks_first(self) -> Limit:
        """The limit that more writes reach first."""
        return self.limits[0]

    @property
    def growth(self) -> float:
        """How many times the writes may be before the first limit is reached."""
        return 1 / self.breaks_first.share

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each run: what, the mapping, the ages in seconds, records a second, how it was made."""
        import pandas as pd

        return pd.DataFrame(
            {
                "run": [run.what for run in self.runs],
                "batch_size": [run.mapping["BatchSize"] for run in self.runs],
                "factor": [run.mapping["ParallelizationFactor"] for run in self.runs],
                "peak_age_s": [round(run.outcome.peak_age, 3) for run in self.runs],
                "mean_age_s": [round(run.outcome.mean_age(), 3) for run in self.runs],
                "records_per_s": [round(run.outcome.throughput, 1) for run in self.runs],
                "concurrency": [round(run.outcome.concurrency, 1) for run in self.runs],
                "made_by": [run.outcome.made for run in self.runs],
            }
        )

    def __repr__(self) -> str:
        workload, function, outcome = self.workload, self.function, self.outcome
        mapping = ", ".join(f"{name}={value!r}" for name, value in self.mapping.items())
        again = "never" if self.catches_up == math.inf else f"in {self.catches_up:,.0f} s"
        lines = [
            f"{workload.writes:,.10g} writes a second of {workload.item_bytes:,} bytes, "
            f"{function.seconds_per_batch:g} s a batch and {function.seconds_per_record:g} s a record, "
            f"lag at most {self.lag:g} s",
            f"  shards        {self.shards:,}"
            + ("" if workload.shards else " at least, one for each partition: DynamoDB splits as writes ask"),
            f"  mapping       {mapping}",
            f"  lag           {outcome.peak_age:.2f} s at most, {outcome.mean_age():.2f} s on average",
            f"  concurrency   {outcome.concurrency:,.1f} on average; reserve {self.concurrency:,}",
            f"  after 10 min without the function, it catches up {again}",
            f"  sink          {self.sink_units:,.10g} write units a second"
            + (", transactions counted double" if self.sink.is_transactional and self.sink_units else ""),
            f"  breaks first  at {self.growth:.2f} times these writes: {self.breaks_first}",
            *(f"  ask AWS       {limit}" for limit in self.limits if limit.is_quota and limit.share > 1),
            f"  a month       {self.bill.total_text}",
            *(f"                {line}" for line in self.bill.notes),
            *(f"  run           {run.what}: {run.outcome!r}, {run.outcome.made}" for run in self.runs),
        ]
        return "\n".join(lines)


def plan(
    workload: Workload,
    function: Function,
    *,
    lag: float,
    sink: Sink | None = None,
    headroom: float = 0.3,
    prices: Prices | None = None,
    seed: int = 7,
) -> Plan:
    """Plan the mapping of a stream for a rate of writes, a handler's time, and a lag.

    It takes the smallest ParallelizationFactor, and with it the batch size nearest to Lambda's default, whose
    knee lies above the peak of the writes by the headroom, whose full batch takes at most half of the
    timeout, and whose simulation keeps the lag. Each number that it gives stands on one of its runs.

    Parameters
    ----------
    workload : Workload
    function : Function
    lag : float
        The highest iterator age that is wanted, in seconds.
    sink : Sink, optional
        The table that the function writes to.
    headroom : float
        By how much the knee lies above the peak: 0.3 is 30 %. Without any, nothing is ever caught up with.
    prices : Prices, optional
        Instead of the project's table.
    seed : int

    Raises
    ------
    PlanError
        When the plan cannot be met; its one line names the limit.

    Examples
    --------
    >>> found = plan(Workload(writes=3000), Function(seconds_per_record=0.005), lag=5)
    >>> found.shards, found.mapping["ParallelizationFactor"]
    (3, 7)
    """
    sink = sink if sink is not None else Sink()
    number("headroom", headroom, 0)
    number("lag", lag, 0)
    least = POLL_SECONDS + function.seconds(1)
    if lag < least:
        raise PlanError(
            f"lag={lag:g}: Lambda polls a shard every {POLL_SECONDS} s [C10] and an invocation with one "
            f"record takes {function.seconds(1):g} s: ask for {math.ceil(least * 100) / 100:,} s or more"
        )
    if workload.readers > limits.MAX_READERS:
        raise PlanError(
            f"readers={workload.readers}: a shard admits {limits.MAX_READERS} readers [B15]: let one "
            "function hand on to the others, or take Kinesis Data Streams for DynamoDB"
        )
    runs: list[Run] = []
    chosen = None
    for mapping in _candidates(workload, function, headroom):
        outcome = simulate(workload, function, seconds=_SECONDS, seed=seed, **mapping)
        fits = outcome.peak_age <= lag
        runs.append(Run("the plan" if fits else "tried", mapping, outcome))
        if fits:
            chosen = mapping
            break
    if chosen is None:
        best = min(runs, key=lambda run: run.outcome.peak_age)
        raise PlanError(
            f"lag={lag:g}: the nearest is {best.outcome.peak_age:.3g} s, with {best.mapping}: make the "
            "handler quicker, or allow more"
        )
    seconds = 2 * _OUTAGE + _OUTAGE / headroom if headroom else 4 * _OUTAGE
    outage = Outage(60.0, 60.0 + _OUTAGE)
    after = simulate(
        workload, function, seconds=min(seconds, 7200.0), incidents=[outage], seed=seed, **chosen
    )
    runs.append(Run("ten minutes without the function", chosen, after))
    again = after.caught_up_at(outage.end, within=max(lag, 1.0))
    return Plan(
        workload=workload,
        function=function,
        sink=sink,
        lag=lag,
        mapping=chosen,
        runs=runs,
        catches_up=again - outage.end,
        prices=prices or Prices.read(),
    )


def _candidates(workload: Workload, function: Function, headroom: float) -> Iterator[dict[str, Any]]:
    """Yield mappings whose knee lies above the peak; refuse with the limit where none can."""
    peak = _busiest(workload) * (1 + headroom)
    hot = workload.hot_writes * (1 + headroom)
    sizes = [size for size in _SIZES if function.seconds(size) <= function.timeout * _TIMEOUT_SHARE]
    if not sizes:
        least = min(_SIZES)
        seconds, longest = function.seconds(least), limits.TIMEOUT_SECONDS[1]
        needed = math.ceil(seconds / _TIMEOUT_SHARE)
        if needed > longest:
            raise PlanError(
                f"seconds_per_record={function.seconds_per_record:g}: a batch of {least} takes "
                f"{seconds:g} s, and Lambda ends a function after {longest} s at the latest: make the "
                "handler quicker, or let it hand on what takes long"
            )
        raise PlanError(
            f"timeout={function.timeout:g}: a batch of {least} takes {seconds:g} s, more than half of it: "
            f"raise the timeout to {needed} s or more, or make the handler quicker"
        )
    found = False
    best, best_item = 0.0, 0.0
    for factor in range(1, limits.MOST_LANES + 1):
        for size in sizes:
            mapping = {"BatchSize": size, "ParallelizationFactor": factor}
            if factor < limits.MOST_LANES and factor * size < peak * function.seconds(size):
                continue  # it cannot be enough: no need to measure it
            knee = capacity(function, item_bytes=workload.item_bytes, view_type=workload.view_type, **mapping)
            one_item = knee / factor
            best, best_item = max(best, knee), max(best_item, one_item)
            # The batches of one item follow each other (C14): more of them at a time do not help it.
            if knee >= peak and one_item >= hot and _has_room(workload, function, mapping):
                found = True
                yield mapping
    if not found:
        raise PlanError(_what_is_missing(workload, function, peak, hot, best, best_item))


def _busiest(workload: Workload) -> float:
    """Records a second of the busiest shard, at the peak."""
    share = (workload.peak - workload.hot_writes) / workload.shard_count
    return share + workload.hot_writes


def _has_room(workload: Workload, function: Function, mapping: dict[str, Any]) -> bool:
    """Whether Lambda lets enough invocations run at a time."""
    size: int = mapping["BatchSize"]
    at_once = workload.peak * function.seconds(size) / size
    lanes: int = workload.shard_count * mapping["ParallelizationFactor"]
    return min(at_once, lanes) <= function.limit


def _what_is_missing(
    workload: Workload, function: Function, peak: float, hot: float, best: float, best_item: float
) -> str:
    if hot > best_item:
        return (
            f"hot_share={workload.hot_share:g}: one item gets {workload.hot_writes:,.4g} writes a second, "
            f"and its changes are worked on one after the other [C14], {best_item:,.4g} a second at best: "
            "make the handler quicker, or spread the item over several keys"
        )
    if best < peak:
        return (
            f"writes={workload.writes:,.10g}: the busiest shard gets {_busiest(workload):,.4g} records a "
            f"second, {peak:,.4g} with the headroom, and ParallelizationFactor={limits.MOST_LANES} does "
            f"{best:,.4g} [C1, C13]: make the handler quicker, or spread the writes over more partitions "
            "than they need (warm throughput [F104])"
        )
    largest = max(size for size in _SIZES if function.seconds(size) <= function.timeout * _TIMEOUT_SHARE)
    at_once = workload.peak * function.seconds(largest) / largest
    return (
        f"concurrency: at least {at_once:,.0f} invocations run at a time, and Lambda lets "
        f"{function.limit:,} run [F101]: raise the quota or the reservation, or make the handler quicker"
    )


def _limits(workload: Workload, function: Function, sink: Sink, mapping: dict[str, Any]) -> Iterator[Limit]:
    units, busiest = limits.write_units(workload.item_bytes), _busiest(workload)
    options: dict[str, Any] = {"item_bytes": workload.item_bytes, "view_type": workload.view_type}
    size, factor = mapping["BatchSize"], mapping["ParallelizationFactor"]
    knee = capacity(function, **options, **mapping)
    yield Limit(f"a shard's reader, at factor {factor}", busiest, knee, "records a second", "D10")
    if factor < limits.MOST_LANES:
        most = capacity(function, **options, **{**mapping, "ParallelizationFactor": limits.MOST_LANES})
        yield Limit(
            f"a shard's reader, at factor {limits.MOST_LANES}", busiest, most, "records a second", "C1"
        )
    if workload.shards is not None or workload.hot_share:
        partition = limits.PARTITION_WRITE_UNITS
        yield Limit("the busiest partition", busiest * units, partition, "write units a second", "D8")
    if workload.hot_share:
        lane = knee / factor
        yield Limit("the hot item's batches", workload.hot_writes, lane, "records a second", "C14")
    table = float(limits.TABLE_WRITE_UNITS)
    yield Limit("the table", workload.peak * units, table, "write units a second", "F100", is_quota=True)
    if sink.writes_per_record:
        needed = sink.units(workload.peak)
        yield Limit("the sink", needed, table, "write units a second", "F100", is_quota=True)
    at_once = workload.peak * function.seconds(size) / size * workload.readers
    yield Limit(
        "Lambda's concurrency",
        at_once,
        float(function.limit),
        "full batches at a time",
        "F101",
        is_quota=True,
    )
    yield Limit("a full batch's time", function.seconds(size), function.timeout, "seconds", "C17")
