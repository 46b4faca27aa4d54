"""Lab time that is the wall clock's: the same processes, which really wait."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import sleep as wall_sleep
from typing import Any

from simpy.core import EmptySchedule, Infinity
from simpy.events import NORMAL, Event
from simpy.rt import RealtimeEnvironment

from cdc_lab.clock import Clock, LabEnvironment
from cdc_lab.errors import LabError
from cdc_lab.process_clock import Real, Travel


class WallEnvironment(LabEnvironment, RealtimeEnvironment):
    """simpy's real-time environment, whose ``now`` is the wall clock also between two events.

    simpy's ``now`` stands still while a process computes or waits for an answer. What such a process
    schedules next would then be due too early by that time.

    Parameters
    ----------
    monotonic : callable
        Seconds that never go back.
    sleep : callable
        Waits for a number of seconds.
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = Real.monotonic,
        sleep: Callable[[float], None] = wall_sleep,
    ) -> None:
        super().__init__(strict=False)
        self._monotonic = monotonic
        self._sleep = sleep
        self.real_start = monotonic()

    @property
    def now(self) -> float:
        """Seconds since the environment was made."""
        return self._monotonic() - self.real_start

    def schedule(self, event: Event, priority: Any = NORMAL, delay: float = 0) -> None:
        """Let an event happen `delay` seconds from the present, not from the last event."""
        self._now = max(float(self._now), self.now)
        super().schedule(event, priority, delay)

    def step(self) -> None:
        """Wait until the next event is due, and let it happen."""
        due = self.peek()
        if due is Infinity:
            raise EmptySchedule
        while (left := float(due) - self.now) > 0:
            self._sleep(left)
        super().step()


class WallClock(Clock):
    """A lab's clock that shows, and waits for, the time on the wall.

    A handler's computing and its calls take the time that they take; ``time.sleep`` in it, the poller's
    intervals, windows and retries are waited for. Handlers run one at a time: only their sleeps overlap.
    """

    is_real = True

    def __init__(self, time: Callable[[], float] = Real.time, env: WallEnvironment | None = None) -> None:
        super().__init__(datetime.fromtimestamp(time(), UTC), env or WallEnvironment())
        self._start -= float(self.env.now)

    def due(self, when: timedelta | datetime) -> float:
        """Where a coming moment lies on ``env``'s axis; refuse one that is past."""
        if isinstance(when, timedelta) and when >= timedelta(0):
            return float(self.env.now) + when.total_seconds()
        return super().due(when)

    def advance(self, by: timedelta | datetime) -> None:
        """Refuse: the wall clock moves by itself."""
        raise LabError(
            "the clock is the wall clock, which cannot be moved: lab.run(until=timedelta(seconds=...)) "
            "waits, the emulator (Lab() without backend=) moves"
        )

    def travel(self) -> Travel:
        """Change nothing: the process's clock shows the right time already."""
        return _Nowhere()


class _Nowhere(Travel):
    def __init__(self) -> None:
        pass

    def stop(self) -> None:
        pass
