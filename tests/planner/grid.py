"""Settings in which the coarse simulation is held against the lab's poller, and what comes of it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cdc_lab.planner import Function, Outage, Outcome, Poison, Split, Workload, capacity, run_exact, simulate
from cdc_lab.planner.workload import Incident

SECONDS = 90.0
FEWEST, MOST = 6, 24  # seeds, where something is drawn
WITHIN = 0.10
PRECISION = 0.03  # so much of the mean may its standard error be; until then one more seed is drawn
# Below this the last record of a batch is younger than a poll interval: such a lag is compared in seconds.
RESOLUTION = 0.025


@dataclass(frozen=True)
class Setting:
    """One row of the grid: a load in shares of the knee, a function, and a mapping."""

    load: float
    function: Function
    mapping: dict[str, Any]
    shards: int = 2
    more: dict[str, Any] = field(default_factory=dict)
    incidents: tuple[Incident, ...] = ()
    is_random: bool = False
    is_short: bool = False  # of concurrency: shards that starve have no age, so what waits is compared
    name: str = ""

    @property
    def is_drawn(self) -> bool:
        return self.is_random or self.mapping.get("ParallelizationFactor", 1) > 1

    @property
    def workload(self) -> Workload:
        rate = capacity(self.function, item_bytes=self.more.get("item_bytes", 500), **self.mapping)
        writes = self.load * rate * self.shards
        return Workload(writes=writes, shards=self.shards, is_random=self.is_random, **self.more)

    @property
    def is_near_the_knee(self) -> bool:
        return 0.7 <= self.load <= 1.3

    def __str__(self) -> str:
        mapping = self.mapping
        size, lanes = mapping.get("BatchSize", 100), mapping.get("ParallelizationFactor", 1)
        window = mapping.get("MaximumBatchingWindowInSeconds", 0)
        function = self.function
        parts = [
            f"{self.load:.0%} of the knee, {size} a batch, factor {lanes}",
            f"{function.seconds_per_batch * 1000:g} + {function.seconds_per_record * 1000:g} ms",
            *([f"window {window} s"] if window else []),
            *([self.name] if self.name else []),
        ]
        return ", ".join(parts)


class Comparison(NamedTuple):
    """Coarse beside exact: lag in seconds, throughput in records a second, each the mean over the seeds."""

    setting: Setting
    coarse_lag: float
    exact_lag: float
    coarse_rate: float
    exact_rate: float
    seeds: int

    @property
    def lag_error(self) -> float:
        return abs(self.coarse_lag - self.exact_lag)

    @property
    def lag_share(self) -> float:
        return self.lag_error / self.exact_lag if self.exact_lag else 0.0

    @property
    def rate_share(self) -> float:
        return abs(self.coarse_rate - self.exact_rate) / self.exact_rate

    @property
    def holds(self) -> bool:
        is_close = self.lag_share <= WITHIN or self.lag_error <= RESOLUTION
        return is_close and self.rate_share <= WITHIN


def settings() -> Iterator[Setting]:
    """Yield the grid."""
    quick = Function(seconds_per_record=0.01, seconds_per_batch=0.05)
    slow_start = Function(seconds_per_record=0.002, seconds_per_batch=0.4)
    even = Function(seconds_per_record=0.03, seconds_per_batch=0.0)
    for function, size, lanes in (
        (quick, 10, 1),
        (quick, 100, 1),
        (slow_start, 20, 1),
        (even, 50, 1),
        (quick, 10, 2),
        (slow_start, 20, 4),
        (even, 10, 10),
    ):
        mapping = {"BatchSize": size, "ParallelizationFactor": lanes}
        for load in (0.4, 0.75, 0.9, 0.97, 1.03, 1.1, 1.25, 1.6):
            yield Setting(load, function, mapping, shards=2 if lanes < 4 else 1)
    window = {"BatchSize": 50, "MaximumBatchingWindowInSeconds": 2}
    yield from (Setting(load, quick, window) for load in (0.2, 0.8, 1.2))
    yield Setting(0.6, quick, {**window, "ParallelizationFactor": 3})
    for load in (0.8, 0.95, 1.05, 1.2):
        yield Setting(load, quick, {"BatchSize": 20}, is_random=True, name="random arrivals")
    out = (Outage(20, 50),)
    yield Setting(0.5, quick, {"BatchSize": 20}, incidents=out, name="30 s disabled")
    yield Setting(
        0.75, quick, {"BatchSize": 20, "ParallelizationFactor": 2}, incidents=out, name="30 s disabled"
    )
    poisoned, limited = (Poison(30),), {"BatchSize": 20, "MaximumRetryAttempts": 5}
    reports = {"FunctionResponseTypes": ["ReportBatchItemFailures"], "BisectBatchOnFunctionError": True}
    yield Setting(0.5, quick, limited, incidents=poisoned, name="a poisoned record")
    yield Setting(0.5, quick, {**limited, **reports}, incidents=poisoned, name="a poisoned record, bisected")
    old = {"BatchSize": 20, "MaximumRecordAgeInSeconds": 60}
    yield Setting(0.5, quick, old, incidents=poisoned, name="a poisoned record, at most 60 s old")
    for load in (0.8, 1.2):
        yield Setting(load, quick, {"BatchSize": 20}, incidents=(Split(40),), shards=1, name="a split")
    yield Setting(0.6, quick, {"BatchSize": 20}, more={"hot_share": 0.3}, name="a hot item, 30 %")
    # Batches of 20 would take exactly one poll interval: who is admitted then hangs on who asks first.
    for load in (0.8, 1.1):
        yield Setting(load, quick, {"BatchSize": 30}, more={"readers": 3}, name="three readers")
    short = Function(seconds_per_record=0.01, seconds_per_batch=0.05, concurrency=3)
    for load in (0.5, 0.9):
        yield Setting(load, short, {"BatchSize": 20}, shards=4, name="concurrency 3 for 4 shards")
    for places, shards, load in ((5, 6, 0.49), (20, 22, 0.49), (20, 22, 0.6)):
        few = Function(seconds_per_record=0.01, concurrency=places)
        mapping = {"BatchSize": 100, "ParallelizationFactor": 2}
        name = f"concurrency {places} for {2 * shards} lanes"
        yield Setting(load, few, mapping, shards=shards, is_short=True, name=name)
    large, slow = {"item_bytes": 40_000}, Function(seconds_per_record=0.06, seconds_per_batch=0.0)
    yield Setting(0.9, slow, {"BatchSize": 1000}, more=large, name="40 KB items, 6 MB a batch")
    late = Function(seconds_per_record=0.05, seconds_per_batch=0.05, timeout=3)
    bisect = {"BatchSize": 100, "BisectBatchOnFunctionError": True}
    yield Setting(1.2, late, bisect, name="too large for the timeout, bisected")


def lag(setting: Setting, outcome: Outcome) -> float:
    """Return the mean age of the batches after the first fifth of the run; or how far the work is behind."""
    return outcome.behind if setting.is_short else outcome.mean_age(SECONDS / 5)


def compare(setting: Setting) -> Comparison:
    """Run one setting both ways; where lanes or arrivals are drawn, for as many seeds as the means need."""
    runs: dict[str, list[Outcome]] = {"coarse": [], "exact": []}
    for seed in range(1, MOST + 1 if setting.is_drawn else 2):
        for name, run in (("coarse", simulate), ("exact", run_exact)):
            options = {"seconds": SECONDS, "incidents": setting.incidents, "seed": seed, **setting.mapping}
            runs[name].append(run(setting.workload, setting.function, **options))
        if seed >= FEWEST and all(_is_precise([lag(setting, one) for one in each]) for each in runs.values()):
            break
    lags = {name: statistics.fmean(lag(setting, one) for one in each) for name, each in runs.items()}
    rates = {name: statistics.fmean(one.throughput for one in each) for name, each in runs.items()}
    return Comparison(
        setting, lags["coarse"], lags["exact"], rates["coarse"], rates["exact"], len(runs["exact"])
    )


def _is_precise(values: list[float]) -> bool:
    error = statistics.stdev(values) / math.sqrt(len(values))
    return error <= max(PRECISION * statistics.fmean(values), RESOLUTION / 5)


def heading() -> str:
    """Return the head of the table."""
    names = ("lag s", "exact", "error s", "%", "rec/s", "exact", "%", "runs")
    return f"{'setting':88}" + "".join(f" {name:>{6 if name in '%runs' else 8}}" for name in names)


def line(row: Comparison) -> str:
    """Return a line of the table."""
    return (
        f"{row.setting!s:88} {row.coarse_lag:8.3f} {row.exact_lag:8.3f} {row.lag_error:8.3f} "
        f"{row.lag_share:6.1%} {row.coarse_rate:8.2f} {row.exact_rate:8.2f} {row.rate_share:6.1%} "
        f"{row.seeds:6}{'' if row.holds else '  MISSED'}"
    )
