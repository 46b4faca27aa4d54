"""What a mapping does at most: the knee beyond which the iterator age grows."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

from cdc_lab.emulator.lambda_.event_source_mapping.lifecycle import TRANSITION_SECONDS
from cdc_lab.emulator.lambda_.event_source_mapping.parameters import Parameters
from cdc_lab.planner import limits
from cdc_lab.planner.arrivals import Given
from cdc_lab.planner.batches import ShardPlan
from cdc_lab.planner.coarse import read_shards
from cdc_lab.planner.engine import DRAWN, Engine
from cdc_lab.planner.metrics import Metrics, Outcome
from cdc_lab.planner.workload import Function, mapping_parameters

_BATCHES = 60  # for each lane: enough for the lanes to lose step with each other
_LEARNING = 10


class _Backlog(Given):
    """More records than can be done, all there from the beginning."""

    def __init__(self) -> None:
        super().__init__(())

    def count(self, at: float) -> int:
        """Return more records than any reader takes."""
        return 1 << 60

    def written(self, number: int) -> float:
        """Return the start of the run, when all of them are there."""
        return 0.0


def capacity(
    function: Function, *, item_bytes: int = 500, view_type: str = "NEW_AND_OLD_IMAGES", **mapping: Any
) -> float:
    """Return how many records a second one shard's reader does at most: its knee (D10).

    With one batch at a time that is the batch size by the time of a full batch. Concurrent batches reach a
    little less than their number says: items are drawn to them, and none waits for the others (C14). So it
    is measured, by a simulation of a shard whose backlog never ends.

    Parameters
    ----------
    function : Function
    item_bytes, view_type : as of a Workload
    **mapping
        As for ``CreateEventSourceMapping``.

    Examples
    --------
    >>> capacity(Function(seconds_per_record=0.01, seconds_per_batch=0.5), BatchSize=50)
    50.0
    """
    parameters = mapping_parameters(mapping)
    most = limits.largest_batch(parameters.batch_size, item_bytes, view_type)
    seconds = function.seconds(most)
    if seconds >= function.timeout and not parameters.bisect:
        return 0.0  # no full batch ever passes
    if seconds <= 0:
        return math.inf
    if parameters.parallelization == 1 and seconds < function.timeout:
        return most / seconds
    return _saturated(replace(function, concurrency=None, others=0), parameters, most)


@lru_cache(maxsize=512)
def _saturated(function: Function, parameters: Parameters, most: int) -> float:
    import numpy as np

    each = function.seconds(most)
    metrics = Metrics((_BATCHES + _LEARNING) * each, each)
    engine = Engine(
        parameters=parameters,
        function=function,
        most=most,
        readers=1,
        draws=np.random.default_rng(1).integers(0, parameters.parallelization, DRAWN),
        metrics=metrics,
    )
    read_shards(engine, [ShardPlan(_Backlog())], (), metrics.seconds)
    start = TRANSITION_SECONDS + _LEARNING * each
    return Outcome(metrics, lambda at: 0, "saturated").rate(start, metrics.seconds)
