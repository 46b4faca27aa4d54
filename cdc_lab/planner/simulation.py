"""Simulate a workload and a function: at any rate, with counts in the place of records."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from cdc_lab.emulator.lambda_.event_source_mapping.parameters import Parameters
from cdc_lab.planner import limits
from cdc_lab.planner.arrivals import Arrivals, Even, at_random
from cdc_lab.planner.batches import ShardPlan
from cdc_lab.planner.coarse import read_shards
from cdc_lab.planner.engine import DRAWN, Engine
from cdc_lab.planner.metrics import Metrics, Outcome
from cdc_lab.planner.workload import (
    Function,
    Incident,
    Outage,
    PlanError,
    Poison,
    Split,
    Workload,
    mapping_parameters,
)

_BUDGET = 300_000  # invocations that one simulation may take, where one shard does not take more
_MOST_MEMBERS = 8
LEAST_AT_ONCE: float = 24  # a limit on concurrency is divided into at least this many parts
_MOST_STEPS = 3_600
_MOST_MOMENTS = 250_000  # of one shard whose records come at random moments
_MOST_SECONDS = 7 * 86_400


def simulate(
    workload: Workload,
    function: Function,
    *,
    seconds: float = 600.0,
    step: float | None = None,
    incidents: Sequence[Incident] = (),
    seed: int = 7,
    **mapping: Any,
) -> Outcome:
    """Simulate a mapping on a stream: the iterator age and the throughput over time.

    The poller's rules are the lab's, and records are counts (see ``planner.coarse``). It starts as
    ``CreateEventSourceMapping`` does: one second passes before the first poll.

    Parameters
    ----------
    workload : Workload
    function : Function
    seconds : float
        How long, up to a week.
    step : float, optional
        Seconds of one row of the outcome; a second by default, more where the run is longer than an hour.
    incidents : sequence of Outage, Poison or Split
    seed : int
        Which lane an item belongs to follows from it.
    **mapping
        As for ``CreateEventSourceMapping``: ``BatchSize``, ``ParallelizationFactor``, ...

    Returns
    -------
    Outcome

    Raises
    ------
    PlanError
        Where the input is bad, or where partitions do not take the writes.

    Examples
    --------
    >>> workload = Workload(writes=400, shards=4)
    >>> run = simulate(workload, Function(seconds_per_record=0.02), seconds=120, BatchSize=100)
    >>> run.throughput < 210, run.age > 50
    (True, True)
    """
    import numpy as np

    parameters = mapping_parameters(mapping)
    step = checked_times(seconds, step)
    metrics = Metrics(seconds, step)
    plans = shard_plans(workload, function, parameters, seconds, incidents, seed)
    engine = Engine(
        parameters=parameters,
        function=function,
        most=limits.largest_batch(parameters.batch_size, workload.item_bytes, workload.view_type),
        readers=workload.readers,
        draws=np.random.default_rng(seed).integers(0, parameters.parallelization, DRAWN),
        metrics=metrics,
    )
    pauses = [(one.start, one.end) for one in incidents if isinstance(one, Outage)]
    read_shards(engine, plans, pauses, seconds)
    simulated = sum(1 for plan in plans if plan.weight > 1) or len(plans)
    shards = f"{simulated:,} of {workload.shard_count:,} shards"
    made = f"coarse simulation of {seconds:,.10g} s, {shards}, seed {seed}"
    table = Even(pieces_of(workload, workload.writes * workload.readers))
    return Outcome(metrics, table.count, made)


def checked_times(seconds: float, step: float | None) -> float:
    """Return the length of a step; refuse what is no length of time."""
    if not 0 < seconds <= _MOST_SECONDS:
        raise PlanError(f"seconds={seconds!r}: give a number above 0, up to {_MOST_SECONDS:,} (a week)")
    if step is None:
        return max(1.0, math.ceil(seconds / _MOST_STEPS))
    if not 0 < step <= seconds:
        raise PlanError(f"step={step!r}: give a number of seconds above 0, up to {seconds:g}")
    return float(step)


def pieces_of(workload: Workload, rate: float, since: float = 0.0) -> list[tuple[float, float]]:
    """Return the rates from `since` on: seconds, and how many records a second come from each of them on."""
    factors = [(0.0, 1.0), *workload.profile]
    before = [factor for at, factor in factors if at <= since][-1]
    return [(since, before * rate), *((at, factor * rate) for at, factor in factors if at > since)]


def shard_plans(
    workload: Workload,
    function: Function,
    parameters: Parameters,
    seconds: float,
    incidents: Sequence[Incident] = (),
    seed: int = 7,
) -> list[ShardPlan]:
    """Return the shards to simulate: those that differ from others, and a sample of those that do not."""
    shards = workload.shard_count
    share = (1 - workload.hot_share) * workload.writes / shards
    hot = workload.hot_share * workload.writes
    first = special(workload, share, hot, incidents)
    ordinary = shards - (first is not None)
    plans = [] if first is None else [first]
    if ordinary:
        rate = share * workload.readers
        members = _sample(ordinary, rate, function, parameters, seconds, workload.is_random)
        pieces = pieces_of(workload, share)
        for number in range(shards - ordinary, shards - ordinary + members):
            arrivals = arrivals_of(workload, pieces, seconds, f"{seed}:{number}", _MOST_MOMENTS)
            plans.append(ShardPlan(arrivals, ordinary / members))
    return plans


def arrivals_of(
    workload: Workload,
    pieces: Sequence[tuple[float, float]],
    seconds: float,
    seed: str,
    most: float = math.inf,
) -> Arrivals:
    """Return the records of one ordinary shard; see `arrivals.at_random` for the last two."""
    return at_random(pieces, seconds, seed, most) if workload.is_random else Even(pieces)


def special(workload: Workload, share: float, hot: float, incidents: Sequence[Incident]) -> ShardPlan | None:
    """Return the shard to which something happens: a hot item, a poisoned record, a split."""
    poisons = [one.at for one in incidents if isinstance(one, Poison)]
    splits = [one.at for one in incidents if isinstance(one, Split)]
    if len(poisons) > 1 or len(splits) > 1:
        raise PlanError("incidents: give one Poison and one Split at most")
    if not hot and not poisons and not splits:
        return None
    arrivals = Even(pieces_of(workload, share + hot))
    plan = ShardPlan(arrivals, hot=hot / (share + hot) if hot else 0.0)
    if poisons:
        plan = plan._replace(poison=arrivals.count(poisons[0]) + 1)
    if splits:
        # The hot item goes on in one of the two.
        rates = ((share / 2 + hot, hot / (share / 2 + hot) if hot else 0.0), (share / 2, 0.0))
        children = [ShardPlan(Even(pieces_of(workload, rate, splits[0])), hot=part) for rate, part in rates]
        plan = plan._replace(closes=splits[0], children=tuple(children))
    return plan


def _sample(
    ordinary: int, rate: float, function: Function, parameters: Parameters, seconds: float, is_random: bool
) -> int:
    """Return how many shards are simulated in the place of the ordinary ones, which are alike."""
    lanes = parameters.parallelization
    a_second = min(lanes / max(function.seconds(1), 1e-3), max(rate, 1.0))
    affordable = int(_BUDGET / max(1.0, a_second * seconds))
    # Where concurrency is short, each member of the sample holds many places of it: not too many.
    is_short = 0 < function.limit < ordinary * lanes
    needed = math.ceil(min(LEAST_AT_ONCE * ordinary / function.limit, ordinary)) if is_short else 1
    # With one batch at a time nothing is drawn: one shard is like the next.
    most = 1 if lanes == 1 and not is_random else min(affordable, _MOST_MEMBERS)
    least = max(1, min(ordinary, max(needed, most)))
    if not is_short:
        return least

    def overrun(members: int) -> float:
        """How much more than the limit the members hold, whose last place is a whole one, too."""
        places = function.limit * members / ordinary
        return math.ceil(places - 1e-9) / places

    return min(range(least, min(ordinary, 2 * least) + 1), key=overrun)
