"""What an answer may take of one check."""

from __future__ import annotations

import time


class Budget:
    """Processor time for a check, so that a busy machine makes nobody wrong.

    The lab's watchdog ends an invocation that does not come back. The budget ends a check whose invocations
    all come back, but take too long together.

    Parameters
    ----------
    cpu_seconds : float
        For all invocations together.
    """

    def __init__(self, cpu_seconds: float) -> None:
        self._cpu_seconds = cpu_seconds
        self._start = time.process_time()

    @property
    def used(self) -> float:
        """Processor seconds so far."""
        return time.process_time() - self._start

    @property
    def is_spent(self) -> bool:
        """Whether there is nothing left: no further invocation is made."""
        return self.used > self._cpu_seconds
