"""When the records of a shard are written, as counts: no record is made."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

_ROUNDING = 1e-6  # of a record


class Arrivals(Protocol):
    """The records of one shard, numbered from 1. Times are seconds since the run's start."""

    def count(self, at: float) -> int:
        """Return how many were written by then."""

    def written(self, number: int) -> float:
        """Return when that one was written; infinite when it never is."""


class Even:
    """Records that come evenly spaced, at rates that change at given moments.

    Parameters
    ----------
    pieces : sequence of (float, float)
        From which second on so many come a second. Before the first none do.
    """

    def __init__(self, pieces: Sequence[tuple[float, float]]) -> None:
        self._starts = [start for start, _ in pieces]
        self._rates = [rate for _, rate in pieces]
        self._counts = [0.0]
        for (start, rate), (end, _) in pairwise(pieces):
            self._counts.append(self._counts[-1] + (end - start) * rate)
        self._is_single = len(pieces) == 1

    def count(self, at: float) -> int:
        """Return how many were written by then."""
        piece = 0 if self._is_single else max(0, bisect_right(self._starts, at) - 1)
        counted = self._counts[piece] + (at - self._starts[piece]) * self._rates[piece]
        return int(counted + _ROUNDING) if counted > 0 else 0

    def written(self, number: int) -> float:
        """Return when that one was written; infinite when it never is."""
        counts = self._counts
        piece = 0 if self._is_single else max(0, bisect_right(counts, number - _ROUNDING) - 1)
        rate = self._rates[piece]
        return self._starts[piece] + (number - counts[piece]) / rate if rate > 0 else math.inf


class Given:
    """Records whose times are given, oldest first."""

    def __init__(self, times: Sequence[float]) -> None:
        self._times = times

    def count(self, at: float) -> int:
        """Return how many were written by then."""
        return bisect_right(self._times, at + 1e-9)

    def written(self, number: int) -> float:
        """Return when that one was written; infinite when it never is."""
        return self._times[number - 1] if number <= len(self._times) else math.inf
