"""Threads that a handler starts: real ones, of which one at a time runs.

A thread runs until it sleeps, calls AWS, waits for something or ends. Then the lab has its turn, and lets go
on whose time has come; where there are several, the seed decides.
"""

from __future__ import annotations

import copy
import queue
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from math import inf
from typing import Any

import simpy

from cdc_lab.emulator.lambda_.current import HandlerCode, InvocationEnded, waiting_invocation
from cdc_lab.emulator.lambda_.locks import PLAIN_LOCK
from cdc_lab.emulator.lambda_.watchdog import HandlerStuck, Reason, Watchdog

_start, _join = threading.Thread.start, threading.Thread.join
_submit, _shutdown = ThreadPoolExecutor.submit, ThreadPoolExecutor.shutdown
_PySimpleQueue: Any = queue._PySimpleQueue  # type: ignore[attr-defined]
_LOOK_SECONDS = 0.5
# A thread that was thrown out, and has not come back after so many looks, waits in C code: it is left there.
_LOOKS = 4
# How often a thread may swallow its own end before it is left where it is: a pool's does so once for each
# piece of work that still waits in its queue.
_KILLS = 1_000


class _Started:
    """In place of the event on which ``Thread.start`` waits: the thread that starts sets it in real time."""

    def __init__(self) -> None:
        self._lock = PLAIN_LOCK()
        self._lock.acquire()
        self._is_set = False

    def is_set(self) -> bool:
        return self._is_set

    def set(self) -> None:
        if not self._is_set:
            self._is_set = True
            self._lock.release()

    def wait(self, timeout: float | None = None) -> bool:
        self._lock.acquire()
        self._lock.release()
        return True

    def _at_fork_reinit(self) -> None:
        self._lock._at_fork_reinit()  # type: ignore[attr-defined]


class Turn:
    """Code of a handler that waits for its turn: the handler itself, or a thread that it started.

    Attributes
    ----------
    due : float
        When it goes on by itself: seconds on the lab's axis.
    news : simpy.Event or None
        It goes on earlier when that happens.
    """

    def __init__(self, due: float, news: simpy.Event | None = None) -> None:
        self.due = due
        self.news = news

    def is_due(self, now: float) -> bool:
        """Whether it could go on now."""
        return self.due <= now or (self.news is not None and self.news.triggered)


class HandlerThread(Turn):
    """A thread that a handler started: it has the turn, or it waits for it.

    Parameters
    ----------
    thread : threading.Thread
    invocation : Invocation
        In which it is started.
    watchdog : Watchdog
    number : int
        In the order of starts.

    Attributes
    ----------
    is_over : bool
    crashes : bool
        Whether it ends its environment.
    stuck : Reason or None
        Why the watchdog threw it out, if it did.
    """

    def __init__(self, thread: threading.Thread, invocation: Any, watchdog: Watchdog, number: int) -> None:
        super().__init__(float(invocation.env.now))
        self.thread = thread
        self.number = number
        self.is_over = self.crashes = False
        self.stuck: Reason | None = None
        self._watchdog = watchdog
        self._env = invocation.env
        self._ends: list[simpy.Event] = []
        self._go, self._back = PLAIN_LOCK(), PLAIN_LOCK()
        self._go.acquire()
        self._back.acquire()
        self._has_turn = self._is_killed = self._is_left = False
        self._refusals = 0
        self._invocation = invocation
        self._main: HandlerCode | None = None

    # -- the side of whoever starts it or waits for it ---------------------------------------------

    def start(self) -> None:
        """Start it; it runs when it has its turn."""
        thread: Any = self.thread
        self._run = thread.run
        thread.run = self._live
        thread._cdc_lab = self
        thread._started = _Started()
        # Nobody waits for it when the interpreter ends: then it may be frozen.
        is_daemon, thread._daemonic = thread._daemonic, True
        try:
            _start(thread)
        finally:
            thread._daemonic = is_daemon

    def wait_for_end(self, invocation: Any, timeout: float | None) -> None:
        """Let lab time pass until it has ended; no longer than that many seconds."""
        if self.is_over:
            return
        news = self._env.event()
        self._ends.append(news)
        try:
            invocation.pass_time(inf if timeout is None else max(0.0, timeout), news)
        finally:
            if news in self._ends:
                self._ends.remove(news)

    # -- the lab's side -------------------------------------------------------------------------------

    def turn(self, invocation: Any) -> None:
        """Let it run, as part of that invocation, until it waits or has ended."""
        self._invocation = invocation
        if self._main is not None:
            self._main.invocation = invocation
        self._has_turn = True
        self._go.release()
        self._await()
        if not self.is_over:
            return
        if not self._is_left:
            _join(self.thread)  # its last lines need no turn
        for news in self._ends:
            news.succeed()
        self._ends.clear()

    def kill(self, invocation: Any) -> None:
        """End it where it waits: nothing of it has an effect any more."""
        self._is_killed = True
        # When the interpreter ends, the thread cannot run any more.
        if not self.is_over and not sys.is_finalizing():
            self.turn(invocation)

    def _await(self) -> None:
        interrupt: KeyboardInterrupt | None = None
        looks = 0
        while self._has_turn:
            try:
                self._back.acquire(True, _LOOK_SECONDS)
            except KeyboardInterrupt as error:  # the reader's
                interrupt = error
                self._watchdog.hurry()
            looks = looks + 1 if self._watchdog.stuck else 0
            if looks > _LOOKS and self._has_turn:
                self._is_left = self.is_over = True
                self.stuck = self._watchdog.give_up()
                break
        if interrupt is not None:
            raise interrupt

    # -- its own side -----------------------------------------------------------------------------------

    def _live(self) -> None:
        code = self._main = HandlerCode(self._work)
        code.invocation, code.thread = self._invocation, self
        del self.thread.run
        self._go.acquire()
        code.invocation = self._invocation
        watchdog = self._watchdog
        reason: Reason | None = None
        try:
            if not self._is_killed:
                self._watch()
                code.switch()
        except (HandlerStuck, InvocationEnded):
            pass
        finally:
            if not self._is_left:
                try:
                    reason = watchdog.release()
                except HandlerStuck:
                    reason = watchdog.release()
        if not self._is_left:
            watchdog.forget()
            self.stuck = reason or self.stuck
            self.is_over = True
            self._hand_back()

    def _work(self) -> None:
        try:
            self._run()
        except (HandlerStuck, InvocationEnded):
            raise
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            self.thread._invoke_excepthook(self.thread)  # type: ignore[attr-defined]

    def _watch(self) -> None:
        limit, wall = self._invocation.watched
        self._watchdog.watch(limit, wall)

    def _hand_back(self) -> None:
        self._has_turn = False
        if self._back.locked():
            self._back.release()

    def wait(self, seconds: float, news: simpy.Event | None) -> Any:
        """Wait for so long, less where news come earlier; return the invocation in which it goes on."""
        self.due, self.news = self._env.now + seconds, news
        self._pause()
        self.due, self.news = inf, None
        return self._invocation

    def crash(self) -> None:
        """End the environment."""
        self.crashes = True
        self._pause()

    def refuse(self) -> None:
        """It swallowed its end and goes on: some times that is thrown again, then it is left where it is."""
        self._refusals += 1
        if self._refusals > _KILLS:
            self.is_over = True
            self._pause()

    def _pause(self) -> None:
        watchdog = self._watchdog
        if self._is_left:
            self._go.acquire()  # for ever
        try:
            reason = watchdog.release()
        except HandlerStuck:
            reason = watchdog.release()
        self.stuck = reason or self.stuck
        self._is_left = self.is_over
        self._hand_back()
        self._go.acquire()
        self._watch()
        if self._is_killed:
            raise InvocationEnded("the invocation is over")


# -- what stands in for parts of the standard library -----------------------------------------------------


class _InOrder(set[Any]):
    """A pool's threads: they are joined in the order in which they were started."""

    def __iter__(self) -> Any:
        return iter(sorted(super().__iter__(), key=lambda thread: thread._cdc_lab.number))


def _start_in_lab(thread: threading.Thread) -> None:
    invocation: Any = waiting_invocation()
    if invocation is None:
        _start(thread)
    else:
        invocation.start_thread(thread)


def _join_in_lab(thread: threading.Thread, timeout: float | None = None) -> None:
    ours: HandlerThread | None = getattr(thread, "_cdc_lab", None)
    invocation = waiting_invocation()
    if ours is None or thread is threading.current_thread():
        _join(thread, timeout)
    elif invocation is not None:
        ours.wait_for_end(invocation, timeout)
    # Outside of handlers it is frozen. It would be waited for in vain, as when the interpreter ends.


def _submit_in_lab(pool: ThreadPoolExecutor, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
    return _submit(_pool_here(pool), fn, *args, **kwargs)


def _shutdown_in_lab(pool: ThreadPoolExecutor, *args: Any, **kwargs: Any) -> None:
    _shutdown(_pool_here(pool), *args, **kwargs)


def _pool_here(pool: Any) -> Any:
    """The pool that stands for this one in the process of the handler that runs now.

    On Lambda each process has a pool of its own, also where the code makes one when it is imported.
    """
    invocation: Any = waiting_invocation()
    if invocation is None:
        return pool
    runtime = invocation.runtime
    if getattr(pool, "_cdc_lab_runtime", None) is runtime.mark:
        return pool
    if not hasattr(pool, "_cdc_lab_runtime") and isinstance(pool._work_queue, _PySimpleQueue):
        pool._cdc_lab_runtime, pool._threads = runtime.mark, _InOrder()
        return pool  # the handler made it, and uses it for the first time
    if pool not in runtime.pools:
        again = runtime.pools[pool] = copy.copy(pool)
        again._work_queue, again._threads = queue.SimpleQueue(), _InOrder()
        again._idle_semaphore, again._shutdown_lock = threading.Semaphore(0), threading.Lock()
        again._cdc_lab_runtime = runtime.mark
    return runtime.pools[pool]


def install() -> None:
    """Let threads and pools of handlers belong to the lab; all others stay as they are."""
    thread: Any = threading.Thread
    thread.start, thread.join = _start_in_lab, _join_in_lab
    pool: Any = ThreadPoolExecutor
    pool.submit, pool.shutdown = _submit_in_lab, _shutdown_in_lab
