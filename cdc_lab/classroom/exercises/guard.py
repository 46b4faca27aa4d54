"""Ends handlers that do not come back: also those that catch everything, or wait for what never comes."""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cdc_lab.emulator.lambda_.world import REAL_SLEEP

_LOOK_EVERY = 0.05  # seconds
_SIGNAL_AFTER = 10  # exceptions; what waits inside C code hears no exception, but a signal


class TimeIsUp(BaseException):
    """Thrown into a handler that has run too long; ``except Exception`` does not catch it."""


class Guard:
    """Watches the check that runs in this thread, in real time.

    The lab's own watchdog throws once. A loop around a bare ``except:`` swallows that; this one throws again
    and again, until the code is left.

    Parameters
    ----------
    is_over : callable
        Asked from another thread, some times a second, whether the code must be left.
    """

    def __init__(self, is_over: Callable[[], bool]) -> None:
        self._is_over = is_over
        self._thread = threading.get_ident()
        self._is_main = threading.current_thread() is threading.main_thread()
        # Plain flags, no locks: an exception that arrives between taking a lock and using it would leave the
        # lock taken for good.
        self._is_left = self._has_ended = False
        self.has_bitten = False

    def __enter__(self) -> Guard:
        threading.Thread(target=self._watch, name="cdc-lab-check-guard", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_left = True
        try:
            self._wait()
        except (TimeIsUp, KeyboardInterrupt):
            self._wait()  # it came just as the code was left; there is not more than one
        _throw(self._thread, None)

    def _wait(self) -> None:
        while not self._has_ended:
            REAL_SLEEP(_LOOK_EVERY / 10)

    def _watch(self) -> None:
        bites, pause = 0, threading.Event()
        while True:
            pause.wait(_LOOK_EVERY)
            if self._is_left:
                break
            if not self._is_over():
                continue
            self.has_bitten = True
            bites += 1
            if bites < _SIGNAL_AFTER or not self._is_main:
                _throw(self._thread, TimeIsUp)
            elif hasattr(signal, "pthread_kill"):
                signal.pthread_kill(self._thread, signal.SIGINT)
        self._has_ended = True


def _throw(thread: int, error: type[BaseException] | None) -> None:
    argument = ctypes.py_object(error) if error is not None else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), argument)


class Budget:
    """What a handler may take of one check.

    Parameters
    ----------
    cpu_seconds : float
        Of the processor, so that a busy machine makes nobody wrong.
    invocation_seconds : float
        Real ones, for one invocation: of those that wait, and use no processor.
    """

    def __init__(self, cpu_seconds: float, invocation_seconds: float) -> None:
        self._cpu_seconds = cpu_seconds
        self._invocation_seconds = invocation_seconds
        self._start = time.process_time()
        self._since: float | None = None
        self._bites_at = cpu_seconds + 1.0
        self.guard = Guard(self._is_overdrawn)

    @property
    def used(self) -> float:
        """Processor seconds so far."""
        return time.process_time() - self._start

    @property
    def is_spent(self) -> bool:
        """Whether there is nothing left: no further invocation is made."""
        return self.used > self._cpu_seconds

    @contextmanager
    def invocation(self) -> Iterator[None]:
        """One invocation of the handler: the guard bites in no other place."""
        self._since = time.perf_counter()
        try:
            yield
        finally:
            self.leave()

    def leave(self) -> None:
        """The handler is left, whatever way."""
        self._since = None

    def _is_overdrawn(self) -> bool:
        since = self._since
        if since is None:
            return False
        return time.perf_counter() - since > self._invocation_seconds or self.used > self._bites_at
