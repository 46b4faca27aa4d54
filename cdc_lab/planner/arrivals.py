"""When the records of a shard are written, as counts: no record is made."""

from __future__ import annotations

import math
import zlib
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
        Seconds, and how many records a second come from each of them on. Before the first none do.
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
    """Records whose times are given, oldest first.

    Parameters
    ----------
    times : sequence of float
    every : int
        The times are those of every `every`-th record only: the others lie evenly between them, which is
        where records at random moments lie on average. The first of the times is then the beginning, of
        record 0.
    """

    def __init__(self, times: Sequence[float], every: int = 0) -> None:
        self._times = times
        self._every = every

    def count(self, at: float) -> int:
        """Return how many were written by then."""
        passed = bisect_right(self._times, at + 1e-9)
        every = self._every
        if not every or passed in (0, len(self._times)):
            return passed if not every else max(0, passed - 1) * every
        before, after = self._times[passed - 1], self._times[passed]
        part = (at - before) / (after - before) * every if after > before else every
        return (passed - 1) * every + min(every - 1, max(0, int(part + _ROUNDING)))

    def written(self, number: int) -> float:
        """Return when that one was written; infinite when it never is."""
        times, every = self._times, self._every
        if not every:
            return times[number - 1] if number <= len(times) else math.inf
        place, rest = divmod(number, every)
        if place + (rest > 0) >= len(times):
            return math.inf
        before = times[place]
        return before + rest / every * (times[place + 1] - before) if rest else before


def at_random(
    pieces: Sequence[tuple[float, float]], seconds: float, seed: str, most: float = math.inf
) -> Given:
    """Return records at random moments, a Poisson process; the same seed draws the same moments.

    Parameters
    ----------
    pieces : sequence of (float, float)
        Seconds, and how many records a second come from each of them on, on average.
    seconds : float
        Until when.
    seed : str
    most : float
        How many moments are kept at most: of more records only each second, third, ... moment is drawn.
    """
    import numpy as np

    starts = np.array([start for start, _ in pieces] + [max(seconds, pieces[-1][0])])
    expected = np.concatenate([[0.0], np.cumsum(np.diff(starts) * [rate for _, rate in pieces])])
    every = max(1, math.ceil(expected[-1] / most))
    draws = int(expected[-1] / every + 8 * math.sqrt(expected[-1] / every) + 16)
    drawn = np.random.default_rng(zlib.crc32(seed.encode()))
    passed = np.cumsum(drawn.gamma(every, size=draws))
    # Time runs as fast as the records come.
    times = np.interp(passed[passed < expected[-1]], expected, starts)
    return Given(times.tolist()) if every == 1 else Given([float(starts[0]), *times.tolist()], every)
