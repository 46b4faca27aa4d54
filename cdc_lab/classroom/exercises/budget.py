"""What an answer may take of one check."""

from __future__ import annotations

import time
from collections.abc import Callable

_ROUNDS = 10_000
# Processor seconds that these rounds take where the limits of the exercises were set.
_USUAL_SECONDS = 0.00085
_SLOWEST = 8.0  # times the usual: a machine slower than that is taken for one that is so slow
_PIECE = 0.2  # processor seconds after which the speed is measured again


class Budget:
    """Processor time for a check, by the speed of this machine: a slow one makes nobody wrong.

    The lab's watchdog ends an invocation that does not come back. The budget ends a check whose invocations
    all come back, but take too long together.

    Parameters
    ----------
    cpu_seconds : float
        For all invocations together, on an idle core of the usual speed. The speed is measured all along, and
        each piece of time counts by its own: processor time passes faster on a slow core, and on one that
        other programs share, now and then.
    beside : callable
        Tells the processor seconds so far of other processes that work for the check.
    """

    def __init__(self, cpu_seconds: float, beside: Callable[[], float] = lambda: 0.0) -> None:
        self._beside = beside
        self._cpu_seconds = cpu_seconds
        self._start = self._counted_to = self._now()
        self._spent = 0.0

    @property
    def used(self) -> float:
        """Processor seconds so far, those of the other processes too: the reader waits for all."""
        return self._now() - self._start

    @property
    def is_spent(self) -> bool:
        """Whether there is nothing left: no further invocation is made."""
        piece = self._now() - self._counted_to
        if piece >= _PIECE:
            self._spent += piece / slowness()
            self._counted_to = self._now()  # what the measuring took is no reader's
        return self._spent > self._cpu_seconds

    def _now(self) -> float:
        return time.process_time() + self._beside()


def slowness() -> float:
    """How many times as long as usual this machine takes for a piece of work now: 1 to `_SLOWEST`."""
    start = time.thread_time()
    counts: dict[int, int] = {}
    for n in range(_ROUNDS):
        counts[n % 97] = counts.get(n % 97, 0) + n
    return min(max((time.thread_time() - start) / _USUAL_SECONDS, 1.0), _SLOWEST)
