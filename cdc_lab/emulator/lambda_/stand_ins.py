"""What stands in, while a handler runs, for what keeps real time in ``time``, ``threading`` and ``queue``.

So do functions of ``os`` that would end the lab's own process: they end the handler's environment alone.
Other threads of the process may call them meanwhile. For these they do what they stand for.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from asyncio import events
from collections.abc import Iterator
from concurrent.futures import _base
from contextlib import contextmanager
from types import ModuleType
from typing import Any, ClassVar

from cdc_lab.emulator.lambda_.current import waiting_invocation
from cdc_lab.emulator.lambda_.event_loops import OrderedTimer
from cdc_lab.emulator.lambda_.locks import PLAIN_LOCK, PLAIN_RLOCK, LabLock, LabRLock
from cdc_lab.process_clock import Real

REAL_SLEEP = time.sleep
_REAL_EXIT, _REAL_ABORT, _REAL_KILL = os._exit, os.abort, os.kill


def virtual_sleep(seconds: float) -> None:
    """What ``time.sleep`` does inside a handler: lab time passes. Elsewhere it is the real one."""
    invocation = waiting_invocation()
    if invocation is None:
        REAL_SLEEP(seconds)
        return
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    invocation.sleep(seconds)


def monotonic() -> float:
    """Seconds of lab time since the lab was opened; elsewhere the machine's."""
    invocation = waiting_invocation()
    return Real.monotonic() if invocation is None else float(invocation.env.now)


def monotonic_ns() -> int:
    """The same in nanoseconds."""
    return round(monotonic() * 1e9)


def perf_counter() -> float:
    """Seconds of lab time since the lab was opened; elsewhere the machine's."""
    invocation = waiting_invocation()
    return Real.perf_counter() if invocation is None else float(invocation.env.now)


def perf_counter_ns() -> int:
    """The same in nanoseconds."""
    return round(perf_counter() * 1e9)


def exit_at_once(status: int) -> None:
    """What ``os._exit`` does inside a handler: its environment is gone. Elsewhere the process is."""
    invocation = waiting_invocation()
    if invocation is None:
        _REAL_EXIT(status)
    else:
        invocation.exit_at_once(f"exit status {status}")


def abort() -> None:
    """What ``os.abort`` does inside a handler: its environment is gone. Elsewhere the process is."""
    invocation = waiting_invocation()
    if invocation is None:
        _REAL_ABORT()
    else:
        invocation.exit_at_once("signal: aborted")


def kill(pid: int, number: int) -> None:
    """What ``os.kill`` does inside a handler: a signal to its own process ends the environment alone."""
    invocation = waiting_invocation()
    if invocation is None or pid not in (0, os.getpid()) or number == 0:
        _REAL_KILL(pid, number)
    else:
        name = signal.strsignal(number) or str(number)
        invocation.exit_at_once(f"signal: {name.lower()}")


class NumberedFuture(_base.Future[Any]):
    """A future whose place in a set follows from when it was made, and not from where it lies in memory."""

    def __init__(self) -> None:
        invocation = waiting_invocation()
        self._cdc_lab_number = 0 if invocation is None else invocation.runtime.next_number()
        super().__init__()

    def __hash__(self) -> int:
        return self._cdc_lab_number


NumberedFuture.__name__ = "Future"

_OF_TIME = {
    "sleep": virtual_sleep,
    "monotonic": monotonic,
    "monotonic_ns": monotonic_ns,
    "perf_counter": perf_counter,
    "perf_counter_ns": perf_counter_ns,
}
_OF_THREADING = {"Lock": LabLock, "RLock": LabRLock, "_allocate_lock": LabLock, "_time": monotonic}
_OF_OS = {"_exit": exit_at_once, "abort": abort, "kill": kill}
_OF_QUEUE = {"SimpleQueue": queue._PySimpleQueue, "time": monotonic}  # type: ignore[attr-defined]
_OF_FUTURES = {"Future": NumberedFuture}
# Of what stands elsewhere by its own name, and what stands in for it there.
STAND_INS: dict[int, Any] = {
    id(REAL_SLEEP): virtual_sleep,
    id(Real.monotonic): monotonic,
    id(Real.perf_counter): perf_counter,
    id(_REAL_EXIT): exit_at_once,
    id(_REAL_ABORT): abort,
    id(_REAL_KILL): kill,
    id(PLAIN_LOCK): LabLock,
    id(PLAIN_RLOCK): LabRLock,
}


_PLACES: tuple[tuple[ModuleType, dict[str, Any]], ...] = (
    (time, _OF_TIME),
    (os, _OF_OS),
    (threading, _OF_THREADING),
    (queue, _OF_QUEUE),
    (_base, _OF_FUTURES),
    (events, {"TimerHandle": OrderedTimer}),
)


class StandIns:
    """Puts the stand-ins into their modules for as long as a run goes on, and takes them away again.

    To exchange them at each switch between handlers would cost more than the switch itself.

    Attributes
    ----------
    are_in : bool
        Whether they are in place.
    """

    are_in: ClassVar[bool] = False
    _outside: ClassVar[list[dict[str, Any]]] = []

    @classmethod
    @contextmanager
    def in_place(cls) -> Iterator[None]:
        """Inside, the stand-ins are in place."""
        if cls.are_in:
            yield
            return
        cls.put()
        try:
            yield
        finally:
            cls.take_away()

    @classmethod
    def put(cls) -> None:
        """Put the stand-ins in place."""
        cls.are_in = True
        cls._outside = [{name: vars(module)[name] for name in names} for module, names in _PLACES]
        for module, names in _PLACES:
            vars(module).update(names)

    @classmethod
    def take_away(cls) -> None:
        """Put back the functions that they stand in for."""
        for (module, _), plain in zip(_PLACES, cls._outside, strict=True):
            vars(module).update(plain)
        cls.are_in = False
