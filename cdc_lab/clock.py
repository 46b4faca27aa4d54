"""Lab time: a simpy environment underneath, and the process's clock on top of it where needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from heapq import heappop
from typing import Any

import simpy
from simpy.core import EmptySchedule, StopSimulation
from simpy.events import URGENT, Event, EventPriority

from cdc_lab.errors import LabError
from cdc_lab.process_clock import Real, Travel

START = datetime(2013, 3, 8, 10, tzinfo=UTC)
"""Where lab time starts unless told otherwise: five in the morning of a stormy day in New York."""

MICROSECOND = 1e-6
"""Moments closer together than this are the same: epoch seconds as floats are exact to a quarter of it."""


def aware(moment: datetime, name: str = "datetime") -> datetime:
    """Return `moment` in UTC; refuse a naive one, whose zone could only be guessed."""
    if not isinstance(moment, datetime):
        raise LabError(f"{name} {moment!r} is no datetime: write datetime(2013, 3, 8, 10, tzinfo=UTC)")
    if moment.tzinfo is None:
        raise LabError(
            f"{name} {moment.isoformat()} has no time zone: write "
            f"{moment.isoformat()}+00:00, as in datetime(..., tzinfo=UTC)"
        )
    return moment.astimezone(UTC)


def iso_text(seconds: float, timespec: str = "milliseconds") -> str:
    """Return epoch seconds as AWS writes them into texts and events: ``2013-03-08T10:00:00.000Z``.

    Parameters
    ----------
    seconds : float
    timespec : str
        How exactly, as ``datetime.isoformat`` names it: ``seconds``, ``milliseconds``.
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec=timespec)[:-6] + "Z"


class LabEnvironment(simpy.Environment):
    """simpy's environment with two differences: how a process's error is raised, and how a run ends.

    `step` repeats simpy's code up to its last line. There simpy makes a new exception from the arguments of
    the one that a process raised, which fails for a ClientError: it has no such arguments. Here the exception
    itself is raised. `run` removes its end from the queue when it is broken off. simpy leaves the end there,
    and a later run would stop at it.
    """

    def step(self) -> None:
        """Let the next event happen. Raise what a process raised, unless another process waits for that."""
        try:
            self._now, _, _, event = heappop(self._queue)
        except IndexError:
            raise EmptySchedule from None
        callbacks: list[Any] = event.callbacks
        event.callbacks = None  # type: ignore[assignment]
        try:
            for callback in callbacks:
                callback(event)
        except StopSimulation:
            event.callbacks = callbacks[callbacks.index(callback) + 1 :]  # for the run that goes on
            self.schedule(event, EventPriority(-1))
            raise
        if not event._ok and not hasattr(event, "_defused"):
            raise event._value

    def run(self, until: Any = None) -> Any:
        """Let everything happen that is due until a time, or an event; a time that is past is now."""
        if until is None:
            return super().run()
        if isinstance(until, Event):
            end = until
        else:
            end = self.event()
            end._ok, end._value = True, None
            self.schedule(end, URGENT, max(0.0, float(until) - float(self.now)))
        try:
            return super().run(end)
        except BaseException:
            waiting: list[Any] = end.callbacks or []  # none are left when it has happened
            if StopSimulation.callback in waiting:
                waiting.remove(StopSimulation.callback)
            raise


class Clock:
    """The lab's clock. It moves only when the lab does.

    Parameters
    ----------
    start : datetime
        Aware; what the clock shows when the lab opens.

    Attributes
    ----------
    env : simpy.Environment
        The event queue. ``env.now`` counts seconds since `start`.
    is_real : bool
        Whether it is the wall clock, which moves by itself (see ``backends.real_time``).
    """

    is_real = False

    def __init__(self, start: datetime, env: simpy.Environment | None = None) -> None:
        self._start = aware(start, "start").timestamp()
        self.env = env or LabEnvironment()
        self._run: Callable[[datetime], object] | None = None

    def __repr__(self) -> str:
        return f"<Clock {self.now().isoformat(timespec='milliseconds')}>"

    def time(self) -> float:
        """Seconds since the epoch, in lab time."""
        return self._start + float(self.env.now)

    def now(self) -> datetime:
        """Lab time as an aware UTC datetime."""
        return Real.datetime.fromtimestamp(self.time(), UTC)

    def at(self, moment: datetime) -> float:
        """Where `moment` lies on ``env``'s axis: seconds since the lab's start."""
        return aware(moment).timestamp() - self._start

    def on_axis(self, seconds: float) -> float:
        """Where epoch seconds in lab time lie on ``env``'s axis."""
        return seconds - self._start

    def on_advance(self, run: Callable[[datetime], object]) -> None:
        """Let `run(until)` do what is due when the clock is advanced (the lab sets this)."""
        self._run = run

    def advance(self, by: timedelta | datetime) -> None:
        """Move lab time forward; everything that is due on the way happens.

        Parameters
        ----------
        by : timedelta or aware datetime
            How far, or until when.

        Raises
        ------
        LabError
            When that lies in the past: records cannot be un-delivered.
        """
        at = self.due(by)
        if self._run is not None:
            self._run(self.now() + by if isinstance(by, timedelta) else by)
        elif at > self.env.now:
            self.env.run(until=at)

    def due(self, when: timedelta | datetime) -> float:
        """Where a coming moment lies on ``env``'s axis; refuse one that is past."""
        moment = self.now() + when if isinstance(when, timedelta) else aware(when)
        if moment < self.now():
            raise LabError(
                f"the clock shows {self.now().isoformat()} and cannot go back to {moment.isoformat()}: "
                "to start over, run the cell that opens the lab"
            )
        return max(self.at(moment), float(self.env.now))  # datetimes are coarser than the axis

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Let something happen after that many seconds, before everything else that is due then."""
        event = self.env.event()
        event._ok, event._value = True, None
        event.callbacks = [lambda _: act()]
        self.env.schedule(event, URGENT, seconds)

    def travel(self) -> Travel:
        """From here until ``.stop()`` the process's clock shows the present lab time."""
        return Travel(Real.datetime.fromtimestamp(self.time(), _ANY_ZONE))

    @contextmanager
    def as_process_time(self) -> Iterator[None]:
        """Inside, ``time.time()`` and ``datetime.now()`` of this process show lab time.

        Re-entrant: an inner use moves the outer one to the present lab time and back.
        """
        travel = self.travel()
        try:
            yield
        finally:
            travel.stop()


# With a datetime in UTC time-machine sets the process's time zone; with epoch seconds it loses a microsecond.
_ANY_ZONE = timezone(timedelta(hours=1))
