"""Choose the parameters: shards, batch size and factor for a summer, judged by the planner's simulation."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

from cdc_lab.classroom.exercises.drills.choosing import Chosen, at_most, choose
from cdc_lab.classroom.exercises.drills.delivering import CannotHappen
from cdc_lab.classroom.exercises.drills.drill import Differences
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.planner import Function, Outage, Outcome, PlanError, Workload, capacity, limits, simulate

_ID = "drill_07_1"
_MAPPING = ("BatchSize", "ParallelizationFactor")
_BOARD = Function(seconds_per_record=0.005, seconds_per_batch=0.25, timeout=2, concurrency=40)
_WRITES, _ITEM_BYTES, _HOT = 1200, 1500, 0.06  # a second, of an item, the share of one flight
_OLDEST = 5  # seconds
_OFF, _ON = 60, 660  # seconds: ten minutes without the function
_CAUGHT_UP = 20  # minutes


def the_summer(chosen: Chosen, rng: random.Random) -> Differences:
    """All flights alike, all the time."""
    if too_much := [*_of_partitions(chosen)]:
        yield from too_much  # the simulation would refuse it
        return
    outcome = _simulated(chosen, rng, seconds=600)
    yield from _of_invocations(outcome)
    slow = "too small a batch" if _would_do_with_larger_batches(chosen) else "too few at a time"
    if _multiplied(chosen) > _WRITES:
        slow = "a factor taken for a multiplier"
    yield from at_most(slow, "age after ten minutes", _OLDEST, outcome.age, "seconds")


def an_outage(chosen: Chosen, rng: random.Random) -> Differences:
    """The mapping is disabled for ten minutes, and has to catch up."""
    watched = _CAUGHT_UP + 5
    seconds = _ON + 60 * watched
    outcome = _simulated(chosen, rng, seconds=seconds, incidents=[Outage(_OFF, _ON)])
    yield from _of_invocations(outcome)
    minutes = (outcome.caught_up_at(_ON, within=_OLDEST) - _ON) / 60
    if minutes <= _CAUGHT_UP:
        return
    above = _multiplied(chosen) - _WRITES
    by_formula = (_ON - _OFF) / 60 * _WRITES / above if above > 0 else math.inf
    kind = "a factor taken for a multiplier" if by_formula <= _CAUGHT_UP else "no headroom"
    got = f"{minutes:.3g} minutes" if math.isfinite(minutes) else f"not within {watched} minutes"
    yield Difference(kind, "until it has caught up", f"at most {_CAUGHT_UP} minutes", got)


def one_flight(chosen: Chosen, rng: random.Random) -> Differences:
    """One flight gets more changes than any other."""
    outcome = _simulated(chosen, rng, seconds=600, hot_share=_HOT)
    yield from _of_invocations(outcome)
    yield from at_most("the factor divides one item", "age of its changes", _OLDEST, outcome.age, "seconds")


def _of_partitions(chosen: Chosen) -> Differences:
    """Judge what each partition would have to take."""
    shards = chosen.get("shards")
    if not isinstance(shards, int) or isinstance(shards, bool) or shards < 1:
        return  # the simulation says what is wrong with it
    most = limits.PARTITION_WRITE_UNITS / limits.write_units(_ITEM_BYTES)
    yield from at_most(
        "a partition takes no more", "to each partition", most, _WRITES / shards, "writes a second"
    )


def _of_invocations(outcome: Outcome) -> Differences:
    """Judge whether each invocation began at once, and ended in time."""
    if outcome.failed:
        count = f"{outcome.failed:,.0f}"
        yield Difference("a batch longer than the timeout", "invocations that timed out", "0", count)
    if outcome.throttled:
        count = f"{outcome.throttled:,.0f}"
        yield Difference("more batches than places", "invocations that were throttled", "0", count)


def _would_do_with_larger_batches(chosen: Chosen) -> bool:
    """Whether the largest batch that ends in time would be enough with the same shards and factor."""
    shards = chosen.get("shards") or Workload(writes=_WRITES, item_bytes=_ITEM_BYTES).shard_count
    largest = int((_BOARD.timeout - _BOARD.seconds_per_batch) / _BOARD.seconds_per_record) - 1
    mapping = {**_mapping(chosen), "BatchSize": largest}
    return chosen.get("BatchSize", 100) < largest and shards * capacity(_BOARD, **mapping) > _WRITES


def _multiplied(chosen: Chosen) -> float:
    """The knee as one would get it with the factor as a multiplier, which it is not (C14)."""
    shards = chosen.get("shards") or Workload(writes=_WRITES, item_bytes=_ITEM_BYTES).shard_count
    one_at_a_time = capacity(_BOARD, **{**_mapping(chosen), "ParallelizationFactor": 1})
    return float(shards * chosen.get("ParallelizationFactor", 1) * one_at_a_time)


def _mapping(chosen: Chosen) -> dict[str, Any]:
    return {name: chosen[name] for name in _MAPPING if name in chosen}


def _simulated(
    chosen: Chosen,
    rng: random.Random,
    *,
    seconds: float,
    incidents: Sequence[Outage] = (),
    hot_share: float = 0,
) -> Outcome:
    try:
        workload = Workload(
            writes=_WRITES, shards=chosen.get("shards"), item_bytes=_ITEM_BYTES, hot_share=hot_share
        )
        seed = rng.randrange(10**6)
        return simulate(workload, _BOARD, seconds=seconds, incidents=incidents, seed=seed, **_mapping(chosen))
    except PlanError as error:
        raise CannotHappen(str(error)) from None


EXERCISE = choose(
    _ID,
    ("shards", *_MAPPING),
    [
        ("the summer", f"{_WRITES:,} changes a second, all flights alike", the_summer),
        ("an outage", "the mapping is disabled for ten minutes", an_outage),
        ("one flight", f"{_HOT:.0%} of the changes are those of one flight", one_flight),
    ],
)
