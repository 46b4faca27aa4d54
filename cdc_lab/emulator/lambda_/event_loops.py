"""asyncio in handlers: a loop waits in lab time, and other loops of the same thread do not see it.

A loop asks ``time.monotonic`` for the time, which is lab time in a handler. What is left is its selector: it
looks whether anything came, and then lets lab time pass. The loop of a notebook or of an async test runs in
the same thread: asyncio's notes of what runs there are exchanged whenever a handler is entered or left.
"""

from __future__ import annotations

import asyncio
import asyncio.runners
import itertools
import signal
import sys
from asyncio import base_events, events, tasks
from collections.abc import Iterable
from math import inf
from typing import Any

import simpy

from cdc_lab.emulator.lambda_.current import InvocationEnded, waiting_invocation
from cdc_lab.emulator.lambda_.watchdog import HandlerStuck

# asyncio asks the same moment so often before lab time passes: code that asks whether something has come, as
# ``while not done: await asyncio.sleep(0)``, would ask for ever.
_LOOKS = 100
_LOOK_SECONDS = 0.001
_POLICY = "_event_loop_policy"
_NAMES = vars(events)
_running_loop = events._get_running_loop


class AsyncioState:
    """What asyncio knows of the loops in a thread.

    Attributes
    ----------
    loop : asyncio loop or None
        Which runs.
    policy : object or None
        Holds the thread's own loop; None lets asyncio make one.
    hooks : tuple
        What hears of asynchronous generators.
    """

    __slots__ = ("hooks", "loop", "policy")

    def __init__(self) -> None:
        self.loop: Any = None
        self.policy: Any = None
        self.hooks: Any = (None, None)

    def differs(self) -> bool:
        """Whether asyncio knows something else."""
        return _running_loop() is not self.loop or _NAMES[_POLICY] is not self.policy

    def exchange(self) -> None:
        """Let asyncio know this, and keep what it knew."""
        loop, policy = _running_loop(), _NAMES[_POLICY]
        if policy is not self.policy:
            _NAMES[_POLICY], self.policy = self.policy, policy
        if loop is self.loop:
            return
        hooks = sys.get_asyncgen_hooks()
        events._set_running_loop(self.loop)
        sys.set_asyncgen_hooks(*self.hooks)
        self.loop, self.hooks = loop, hooks

    def close(self) -> None:
        """Close the loop that asyncio made for a handler which asked for one."""
        loop = getattr(getattr(self.policy, "_local", None), "_loop", None)
        if loop is not None and not loop.is_running():
            loop.close()
        self.policy = None


class _LabSelector:
    """A loop's selector, which waits in lab time.

    Parameters
    ----------
    plain : selector
        The loop's own.
    """

    def __init__(self, plain: Any) -> None:
        self._plain = plain
        self._bell: simpy.Event | None = None
        self._looked_at = -1.0
        self._looks = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)

    def ring(self) -> None:
        """End the wait: another thread has something for the loop."""
        if self._bell is not None and not self._bell.triggered:
            self._bell.succeed()

    def select(self, timeout: float | None = None) -> Any:
        """Return what has come; if nothing has, what comes within `timeout` seconds of lab time."""
        found = self._plain.select(0)
        invocation = waiting_invocation()
        if found or invocation is None:
            return found
        if timeout is not None and timeout <= 0:
            timeout = self._seconds_of_a_look(invocation.env.now)
            if not timeout:
                return found
        elif timeout is None and self._has_connections():
            return self._plain.select(None)  # what comes over them comes in real time; the watchdog looks on
        self._bell = invocation.env.event()
        try:
            invocation.sleep(inf if timeout is None else timeout, self._bell)
        finally:
            self._bell = None
        return self._plain.select(0)

    def _seconds_of_a_look(self, now: float) -> float:
        self._looks = self._looks + 1 if now == self._looked_at else 0
        self._looked_at = now
        return _LOOK_SECONDS if self._looks > _LOOKS else 0.0

    def _has_connections(self) -> bool:
        get_map = getattr(self._plain, "get_map", None)
        return (
            get_map is not None and len(get_map()) > 1
        )  # one is the loop's own, by which other threads wake it


class _AnyTimer(type):
    """Lets every timer count as one of a class."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _PLAIN_TIMER)


_PLAIN_TIMER = events.TimerHandle


class OrderedTimer(events.TimerHandle, metaclass=_AnyTimer):
    """A timer: of two that are due at the same moment, the one that was made earlier is first.

    While it stands in for ``TimerHandle``, plain timers ask whether they are compared with one of this class.
    The loop of another thread holds such: that in which a notebook's kernel sends what cells print would end.
    """

    __slots__ = ("_cdc_lab_number",)
    _count = itertools.count()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._cdc_lab_number = next(self._count)

    def __lt__(self, other: Any) -> bool:
        if type(other) is OrderedTimer and self._when == other._when:  # type: ignore[attr-defined]
            return self._cdc_lab_number < other._cdc_lab_number
        return super().__lt__(other)


class _NumberedTask(asyncio.Task[Any]):
    """A task whose place in a set follows from when it was made, and not from where it lies in memory."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        invocation = waiting_invocation()
        self._cdc_lab_number = 0 if invocation is None else invocation.runtime.next_number()
        super().__init__(*args, **kwargs)

    def __hash__(self) -> int:
        return self._cdc_lab_number


def _new_task(loop: Any, coro: Any, **kwargs: Any) -> Any:
    return _NumberedTask(coro, loop=loop, **kwargs)


_NumberedTask.__name__ = "Task"


class _Signals:
    """The module ``signal``, as `asyncio.run` sees it: an interrupt in a handler is the lab's affair."""

    def __getattr__(self, name: str) -> Any:
        return getattr(signal, name)

    def getsignal(self, number: int) -> Any:
        return None if waiting_invocation() is not None else signal.getsignal(number)


_make_loop = base_events.BaseEventLoop.__init__
_run_forever = base_events.BaseEventLoop.run_forever
_call_exception_handler = base_events.BaseEventLoop.call_exception_handler
_as_completed = tasks.as_completed


def _make_loop_of_handler(loop: Any, *args: Any, **kwargs: Any) -> None:
    _make_loop(loop, *args, **kwargs)
    invocation = waiting_invocation()
    if invocation is not None:
        loop._task_factory, loop._cdc_lab_runtime = _new_task, invocation.runtime.mark


def _run_in_lab_time(loop: Any) -> None:
    """``run_forever``: in a handler the loop waits in lab time."""
    plain, invocation = getattr(loop, "_selector", None), waiting_invocation()
    if invocation is None or plain is None or isinstance(plain, _LabSelector):
        _run_forever(loop)
        return
    loop._cdc_lab_runtime = invocation.runtime.mark
    selector, write = _LabSelector(plain), loop._write_to_self

    def ring() -> None:
        write()
        selector.ring()

    loop._selector, loop._write_to_self = selector, ring
    has_factory = loop._task_factory is not None
    if not has_factory:
        loop._task_factory = _new_task
    resolution, loop._clock_resolution = loop._clock_resolution, 1e-6  # lab time is a float
    try:
        _run_forever(loop)
    finally:
        loop._selector, loop._clock_resolution = plain, resolution
        del loop._write_to_self
        if not has_factory:
            loop._task_factory = None


def _report(loop: Any, context: dict[str, Any]) -> None:
    """``call_exception_handler``: a handler's loop reports to the handler's log.

    Some of it comes when Python collects garbage, whatever runs then. No handler hears of another's tasks,
    nor of what the end of an invocation does to its own.
    """
    mark, invocation = getattr(loop, "_cdc_lab_runtime", None), waiting_invocation()
    if mark is not None and (invocation is None or invocation.runtime.mark is not mark):
        return
    if not isinstance(context.get("exception"), InvocationEnded | HandlerStuck):
        _call_exception_handler(loop, context)


def _as_completed_in_order(fs: Iterable[Any], **kwargs: Any) -> Any:
    """``as_completed``: in a handler tasks begin in the order in which they were given."""
    if waiting_invocation() is not None and events._get_running_loop() is not None:
        fs = [asyncio.ensure_future(one) for one in dict.fromkeys(fs)]
    return _as_completed(fs, **kwargs)


def install() -> None:
    """Let loops that run in handlers wait in lab time; all others stay as they are."""
    loops: Any = base_events.BaseEventLoop
    loops.__init__ = _make_loop_of_handler
    loops.run_forever = _run_in_lab_time
    loops.call_exception_handler = _report
    asyncio.as_completed = tasks.as_completed = _as_completed_in_order
    asyncio.runners.signal = _Signals()  # type: ignore[attr-defined]
