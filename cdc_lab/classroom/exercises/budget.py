"""What an answer may take of one check."""

from __future__ import annotations

import time
from collections.abc import Callable

_ROUNDS = 40_000
# Processor seconds that these rounds take where the limits of the exercises were set.
_USUAL_SECONDS = 0.010
_SLOWEST = 8.0  # times the usual: a machine slower than that is taken for one that is so slow


class Budget:
    """Processor time for a check, by the speed of this machine: a slow one makes nobody wrong.

    The lab's watchdog ends an invocation that does not come back. The budget ends a check whose invocations
    all come back, but take too long together.

    Parameters
    ----------
    cpu_seconds : float
        For all invocations together, on an idle core of the usual speed. Before an answer is stopped, the
        speed is measured: processor time passes faster on a slow core, and on one that other programs share.
    beside : callable
        Tells the processor seconds so far of other processes that work for the check.
    """

    def __init__(self, cpu_seconds: float, beside: Callable[[], float] = lambda: 0.0) -> None:
        self._beside = beside
        self._start_beside = beside()
        self._cpu_seconds = cpu_seconds
        self._limit = cpu_seconds
        self._start = time.process_time()

    @property
    def used(self) -> float:
        """Processor seconds so far, those of the other processes too: the reader waits for all."""
        return time.process_time() - self._start + self._beside() - self._start_beside

    @property
    def is_spent(self) -> bool:
        """Whether there is nothing left: no further invocation is made."""
        if self.used <= self._limit:
            return False
        self._limit = max(self._limit, self._cpu_seconds * slowness())
        return self.used > self._limit


def slowness() -> float:
    """How many times as long as usual this machine takes for a piece of work now: 1 to `_SLOWEST`."""
    start = time.thread_time()
    counts: dict[int, int] = {}
    for n in range(_ROUNDS):
        counts[n % 97] = counts.get(n % 97, 0) + n
    return min(max((time.thread_time() - start) / _USUAL_SECONDS, 1.0), _SLOWEST)
