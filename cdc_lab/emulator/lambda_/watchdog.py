"""Ends handler code that runs on and on without a sleep or a call: lab time cannot pass meanwhile."""

from __future__ import annotations

import ctypes
import threading
from time import perf_counter

# Also the longest that the thread lives on without work.
_PATIENCE = 5.0


class HandlerStuck(BaseException):
    """Thrown into a handler that has held the process for too long."""


class Watchdog:
    """Watches one thread at a time, in real time.

    Attributes
    ----------
    limit : float
        Wall seconds that handler code may run between two moments at which lab time can pass.
    since : float or None
        When the code that runs now began to.
    """

    def __init__(self) -> None:
        self.limit = 10.0
        self.since: float | None = None
        self._thread_id = 0
        self._bitten = False
        self._awake = False
        self._lock = threading.Lock()

    def watch(self, limit: float) -> None:
        """Handler code starts to run, for so many seconds at most."""
        self.limit = limit
        self._thread_id = threading.get_ident()
        self.since = perf_counter()
        if not self._awake:
            self._awake = True
            threading.Thread(target=self._guard, name="cdc-lab-watchdog", daemon=True).start()

    def release(self, since: float | None) -> None:
        """Handler code has stopped running; code around it may have run on since `since`."""
        self.since = since
        if self._bitten:
            with self._lock:
                # Take the exception back in case the handler ended just before it arrived.
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread_id), None)
                self._bitten = False

    def _guard(self) -> None:
        pause = threading.Event()
        last_seen = perf_counter()
        while True:
            pause.wait(min(self.limit / 4, 0.5))
            since, now = self.since, perf_counter()
            if since is None:
                if now - last_seen > _PATIENCE:
                    self._awake = False
                    if self.since is None:
                        return
                    self._awake = True  # work came at that very moment
                continue
            last_seen = now
            if now - since > self.limit and not self._bitten:
                with self._lock:
                    if self.since == since:
                        self._bitten = True
                        ctypes.pythonapi.PyThreadState_SetAsyncExc(
                            ctypes.c_ulong(self._thread_id), ctypes.py_object(HandlerStuck)
                        )
