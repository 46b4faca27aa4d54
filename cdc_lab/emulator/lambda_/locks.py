"""Locks that are waited for in lab time.

Events, conditions, semaphores, barriers, queues and futures of the standard library wait on such locks, and
so do a handler's own. Outside of handlers they are what they stand for.
"""

from __future__ import annotations

import threading
from math import inf
from typing import Any

import simpy

from cdc_lab.clock import MICROSECOND
from cdc_lab.emulator.lambda_.current import waiting_invocation

PLAIN_LOCK, PLAIN_RLOCK = threading.Lock, threading.RLock
_LOCK, _RLOCK = type(PLAIN_LOCK()), type(PLAIN_RLOCK())


class LabLock:
    """A lock: whoever finds it taken lets lab time pass until it is free.

    Parameters
    ----------
    plain : lock, optional
        The lock that it stands for; who holds that holds this.
    """

    __slots__ = ("__weakref__", "_plain", "_waiting")

    def __init__(self, plain: Any = None) -> None:
        self._plain: Any = PLAIN_LOCK() if plain is None else plain
        self._waiting: list[simpy.Event] = []

    def __repr__(self) -> str:
        return repr(self._plain)

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take it; see ``threading.Lock``."""
        if self._plain.acquire(False):
            return True
        invocation = waiting_invocation()
        if not blocking or invocation is None or (timeout < 0 and timeout != -1):
            taken: bool = self._plain.acquire(blocking, timeout)
            return taken
        env = invocation.env
        until = inf if timeout == -1 else env.now + timeout
        while env.now < until - MICROSECOND:
            news = env.event()
            self._waiting.append(news)
            try:
                invocation = invocation.pass_time(until - env.now, news)
            finally:
                self._waiting.remove(news)
            if self._plain.acquire(False):
                return True
        return False

    def release(self) -> None:
        """Let go; one of those that wait gets it, the seed decides which."""
        self._plain.release()
        for news in self._waiting:
            if not news.triggered:
                news.succeed()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def locked(self) -> bool:
        """Whether somebody has it."""
        is_locked: bool = self._plain.locked()
        return is_locked

    def _at_fork_reinit(self) -> None:
        self._plain._at_fork_reinit()
        self._waiting.clear()


class LabRLock(LabLock):
    """A reentrant lock: the thread that holds it may take it again."""

    __slots__ = ()

    def __init__(self, plain: Any = None) -> None:
        super().__init__(PLAIN_RLOCK() if plain is None else plain)

    # ``threading.Condition`` asks for these.

    def _is_owned(self) -> bool:
        is_owned: bool = self._plain._is_owned()
        return is_owned

    def _recursion_count(self) -> int:
        count: int = self._plain._recursion_count()
        return count

    def _release_save(self) -> Any:
        state = self._plain._release_save()
        for news in self._waiting:
            if not news.triggered:
                news.succeed()
        return state

    def _acquire_restore(self, state: Any) -> None:
        self.acquire()
        self._plain.release()
        self._plain._acquire_restore(state)


def in_lab_time(value: Any) -> Any:
    """Return a lock that stands for this one and is waited for in lab time; None if the value is no lock."""
    kind = type(value)
    if kind is _LOCK:
        return LabLock(value)
    return LabRLock(value) if kind is _RLOCK else None
