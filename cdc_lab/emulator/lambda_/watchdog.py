"""Ends handler code that does not come back: it runs on, or it waits for something outside lab time.

Lab time passes in ``time.sleep``, in AWS calls, and while code waits for asyncio or for threads of its own.
Between two such moments handler code holds the whole lab. A
guard thread looks at that stretch of code several times a second. It measures processor time beside wall
time, so that a busy or stopped machine makes no right handler wrong:

- *runs*: the code used the processor for longer than the limit.
- *waits*: the code used no processor for four times the limit, without a break. It waits for a
  connection, a process, or a lock of which the lab does not know.
- *holds*: neither, but ten times the limit passed, as when code asks again and again whether it may go on.

A look that comes late counts for twice its pause at most: whatever stopped this thread stopped the handler,
too. Nothing is counted while a debugger is attached. A tool that measures, such as coverage, is no debugger.
"""

from __future__ import annotations

import ctypes
import signal
import sys
import threading
import time
from collections.abc import Callable
from threading import get_ident
from types import FrameType
from typing import Literal

from cdc_lab.process_clock import Real

Reason = Literal["runs", "waits", "holds"]

WAITS_FACTOR, HOLDS_FACTOR = 4, 10  # times the limit, in wall time
_IDLE = 0.01  # of the wall time: code that uses less of the processor waits
_LOOKS = 8  # within the limit
_LONGEST_PAUSE, _SHORTEST_PAUSE = 0.5, 0.005  # seconds
_PATIENCE = 5.0  # seconds that the guard thread lives on without work
_THROW_EVERY = 0.01  # seconds
# Code that waits inside C hears no exception, but a signal. It is sent with every n-th exception.
_SIGNAL_EVERY: dict[Reason, int] = {"runs": 50, "waits": 5, "holds": 5}
_DEBUGGERS = {"bdb", "pdb", "ipdb", "pudb", "pydevd", "_pydevd_bundle", "_pydevd_frame_eval", "debugpy"}


class HandlerStuck(BaseException):
    """Thrown into a handler that does not come back; ``except Exception`` does not catch it."""


class _TakenBack(BaseException):
    """Takes the place of a `HandlerStuck` that has not arrived."""


# What can arrive in the thread of a handler that is thrown out.
THROWN = (HandlerStuck, _TakenBack, KeyboardInterrupt)
_set_async_exc = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_ulong, ctypes.py_object)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
)

# Handler code between two moments at which lab time can pass: the processor seconds that it may use, when it
# must end whatever it does, by Real.perf_counter, the thread that runs it, and what tells that thread's
# processor seconds. A plain tuple: one is made at each switch.
Stretch = tuple[float, float | None, int, Callable[[], float]]


class Meter:
    """What a stretch has used so far.

    Parameters
    ----------
    stretch : Stretch
    now, used : float
        At the first look: wall seconds by ``Real.perf_counter``, processor seconds of the thread.
    """

    def __init__(self, stretch: Stretch, now: float, used: float) -> None:
        self.stretch = stretch
        self._now, self._used = now, used
        self._processor = self._wall = self._idle = 0.0

    def look(self, now: float, used: float, pause: float) -> Reason | None:
        """Look again, `pause` wall seconds later if all goes well; return why the code must end, if so."""
        worked, passed = used - self._used, min(now - self._now, 2 * pause)
        self._now, self._used = now, used
        self._processor += worked
        self._wall += passed
        self._idle = self._idle + passed if worked < _IDLE * passed else 0.0
        limit, ends_at = self.stretch[:2]
        if self._processor > limit:
            return "runs"
        if self._idle > WAITS_FACTOR * limit:
            return "waits"
        is_over = ends_at is not None and now > ends_at
        return "holds" if is_over or self._wall > HOLDS_FACTOR * limit else None


class Watchdog:
    """Watches the thread that runs handler code, one at a time.

    Attributes
    ----------
    running : Stretch or None
        The handler code that runs now.
    stuck : Reason or None
        Why that code is being thrown out.
    """

    def __init__(self) -> None:
        self.running: Stretch | None = None
        self.stuck: Reason | None = None
        self._thread = 0
        self._used: Callable[[], float] = time.process_time
        self._tracer: object = None
        self._awake = False

    def watch(self, limit: float, wall: float | None = None) -> None:
        """Handler code starts to run.

        Parameters
        ----------
        limit : float
            Processor seconds that it may use before it makes a call or sleeps.
        wall : float, optional
            Real seconds after which it ends whatever it does.
        """
        thread = get_ident()
        if thread != self._thread:
            self._used = _processor_clock(thread)
            self._thread = thread
            if thread == threading.main_thread().ident and signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
                # As for a job in the background of a shell. Code that waits in C code must hear the guard.
                signal.signal(signal.SIGINT, _ignore)
        self._tracer = sys.gettrace()
        self.running = (limit, None if wall is None else Real.perf_counter() + wall, thread, self._used)
        if not self._awake:
            self._awake = True
            threading.Thread(target=self._guard, name="cdc-lab-watchdog", daemon=True).start()

    def release(self, around: Stretch | None = None) -> Reason | None:
        """Handler code has stopped running; the code around it runs on.

        One of `THROWN` may arrive before the first statement here. Whoever calls this calls it again then.

        Returns
        -------
        Reason or None
            Why the handler was thrown out, if it was.
        """
        self.running = around  # from here on nothing is thrown
        reason = self.stuck
        if reason is None:
            return None
        tracer = sys.gettrace()
        sys.settrace(None)
        try:
            try:
                self._take_back()
            except THROWN:
                self._take_back()  # a signal and an exception can both be on their way
        except THROWN:
            self.stuck = None
        # An exception that arrives inside a trace function switches that off.
        sys.settrace(tracer if tracer is not None else self._tracer)  # type: ignore[arg-type]
        return reason

    def _take_back(self) -> None:
        # Not by NULL, the documented way: Python 3.11 then keeps looking for an exception that is not there,
        # and the next function that is traced or profiled never gets past its first instruction.
        while True:
            _set_async_exc(get_ident(), _TakenBack)

    def forget(self) -> None:
        """The thread that was watched ends: another one may get its number."""
        self._thread = 0

    def hurry(self) -> None:
        """Throw out the code that runs now, whatever it may use."""
        running = self.running
        if running is not None:
            self.running = (0.0, 0.0, *running[2:])

    def give_up(self) -> Reason | None:
        """Leave the code that runs now where it is: its thread waits in C code and hears nothing.

        Returns
        -------
        Reason or None
            Why it was being thrown out.
        """
        self.running = None
        reason, self.stuck = self.stuck, None
        return reason

    # -- the guard thread -----------------------------------------------------------------------

    def _guard(self) -> None:
        sys.settrace(None)  # a tracer's Python code would run between the two halves of a throw
        bell, pause, throws = threading.Event(), _SHORTEST_PAUSE, 0
        meter: Meter | None = None
        last_work = Real.perf_counter()
        while True:
            bell.wait(pause)
            stretch, now = self.running, Real.perf_counter()
            if stretch is None:
                meter = None
                if now - last_work > _PATIENCE:
                    self._awake = False
                    if self.running is None:
                        return
                    self._awake = True  # work came at that very moment
                continue
            last_work = now
            if meter is None or meter.stretch is not stretch:
                meter, pause, throws = Meter(stretch, now, stretch[3]()), _pause(stretch), 0
                continue
            reason = self.stuck if throws else meter.look(now, stretch[3](), pause)
            if reason is None:
                continue
            if self._is_debugged():
                meter = None
                continue
            throws, pause = throws + 1, _THROW_EVERY
            self._throw(stretch, reason, throws)

    def _throw(self, stretch: Stretch, reason: Reason, count: int) -> None:
        # Again and again: a loop around a bare ``except:`` swallows some.
        thread = stretch[2]
        has_signal = hasattr(signal, "pthread_kill") and thread == threading.main_thread().ident
        is_heard = has_signal and callable(signal.getsignal(signal.SIGINT))
        # The thread that is watched cannot run between a comparison and a call of C code in one statement.
        self.stuck = reason
        if not (self.running is stretch and _set_async_exc(thread, HandlerStuck)):
            self.stuck = None
        if is_heard and count % _SIGNAL_EVERY[reason] == 0 and self.running is stretch:
            signal.pthread_kill(thread, signal.SIGINT)

    def _is_debugged(self) -> bool:
        """Whether a debugger is attached, or the reader sits at its prompt."""
        monitoring = getattr(sys, "monitoring", None)  # from Python 3.12 on
        if monitoring is not None and monitoring.get_tool(monitoring.DEBUGGER_ID) is not None:
            return True
        if _is_debugger(self._tracer):
            return True
        stretch = self.running
        thread = self._thread if stretch is None else stretch[2]
        frame: FrameType | None = sys._current_frames().get(thread)
        while frame is not None:
            if _root(frame.f_globals.get("__name__")) in _DEBUGGERS or _is_debugger(frame.f_trace):
                return True
            frame = frame.f_back
        return False


def _ignore(number: int, frame: FrameType | None) -> None:
    """Do nothing at an interrupt, as the process was told; but unlike `SIG_IGN` it ends a wait in C code."""


def _pause(stretch: Stretch) -> float:
    """Seconds between two looks at it."""
    return max(_SHORTEST_PAUSE, min(stretch[0] / _LOOKS, _LONGEST_PAUSE))


def _is_debugger(tracer: object) -> bool:
    """Whether a trace function is a debugger's: its own, or of a class made from one of its own."""
    owner = getattr(tracer, "__self__", tracer)
    modules = {getattr(tracer, "__module__", None), *(base.__module__ for base in type(owner).__mro__)}
    return not _DEBUGGERS.isdisjoint(map(_root, modules))


def _root(module: object) -> str:
    return str(module or "").partition(".")[0]


def _processor_clock(thread: int) -> Callable[[], float]:
    """Tells the processor seconds of that thread; where a system cannot tell them, those of the process."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.process_time
    clock = time.pthread_getcpuclockid(thread)

    def used() -> float:
        try:
            return time.clock_gettime(clock)
        except OSError:  # the thread has just ended
            return 0.0

    return used
