"""The events of a coarse simulation, in their order."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

from cdc_lab.emulator.lambda_.event_source_mapping.parameters import Parameters
from cdc_lab.emulator.lambda_.event_source_mapping.places import MAX_READERS, ReaderPlaces
from cdc_lab.planner.metrics import Metrics
from cdc_lab.planner.workload import Function

DRAWN = 1 << 16
"""How many lane numbers are drawn in advance."""


class Engine:
    """What all shards of a simulation share: the events that are due, concurrency, the settings.

    Parameters
    ----------
    parameters : Parameters
        Of each mapping.
    function : Function
        Of each mapping: every reader has one of its own.
    most : int
        How many records fit into one invocation.
    readers : int
    draws : sequence of int
        Lane numbers, drawn evenly; as many as one likes, they are used again.
    metrics : Metrics
    """

    def __init__(
        self,
        *,
        parameters: Parameters,
        function: Function,
        most: int,
        readers: int,
        draws: Any,
        metrics: Metrics,
    ) -> None:
        self.parameters = parameters
        self.function = function
        self.most = most
        self.readers = readers
        self.draws = draws
        self.metrics = metrics
        self.per_batch = function.seconds_per_batch
        self.per_record = function.seconds_per_record
        self.limit = float(function.limit)
        self.in_flight = [0.0] * readers
        self.places = ReaderPlaces() if readers > MAX_READERS else None
        if self.places is not None:
            for reader in range(readers):
                self.places.join("stream", str(reader))
        self._due: list[tuple[float, int, Callable[[float, Any], None], Any]] = []
        self._order = 0
        self._drawn = 0

    def after(self, at: float, act: Callable[[float, Any], None], what: Any = None) -> None:
        """Let something happen at that second of the run."""
        self._order += 1
        heapq.heappush(self._due, (at, self._order, act, what))

    def run(self, seconds: float) -> None:
        """Let everything happen that is due before the run's end."""
        due, pop = self._due, heapq.heappop
        while due and due[0][0] < seconds:
            at, _, act, what = pop(due)
            act(at, what)

    def draw(self, count: int, lanes: int) -> list[int]:
        """Return how many of `count` records go to each lane: items are hashed to lanes (C14)."""
        import numpy as np

        start = self._drawn
        if count > DRAWN // 2:
            each = np.bincount(self.draws, minlength=lanes) * (count / len(self.draws))
            found = [int(n) for n in each]
            found[0] += count - sum(found)
            return found
        if start + count > len(self.draws):
            start = 0
        self._drawn = start + count
        drawn: list[int] = np.bincount(self.draws[start : start + count], minlength=lanes).tolist()
        return drawn
