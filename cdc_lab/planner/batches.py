"""What the coarse simulation counts: batches of records, and shards."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from cdc_lab.planner.arrivals import Arrivals


class Batch(NamedTuple):
    """Some records in order: how many, when the first and the last were written, which one always fails.

    `bad` is its place in the batch, -1 for none.
    """

    records: int
    first: float
    last: float
    bad: int = -1

    def part(self, start: int, end: int) -> Batch:
        """Return the records from one place to another, as if they were written evenly."""
        step = (self.last - self.first) / (self.records - 1) if self.records > 1 else 0.0
        bad = self.bad - start if start <= self.bad < end else -1
        return Batch(end - start, self.first + start * step, self.first + (end - 1) * step, bad)


class ShardPlan(NamedTuple):
    """One shard of the simulation.

    Attributes
    ----------
    arrivals : Arrivals
    weight : float
        For how many shards it stands.
    hot : float
        The share of its records that belongs to one item.
    poison : int
        The number of the record that always fails; 0 for none.
    closes : float
        When it is closed; infinite for never.
    children : tuple of ShardPlan
        What continues it, once all of it is done (B19).
    """

    arrivals: Arrivals
    weight: float = 1.0
    hot: float = 0.0
    poison: int = 0
    closes: float = math.inf
    children: tuple[Any, ...] = ()
