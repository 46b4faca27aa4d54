"""Which invocation the code belongs to that runs now."""

from __future__ import annotations

from typing import Any, Protocol

import greenlet
import simpy


class InvocationEnded(BaseException):
    """Thrown into a handler whose invocation is over; ``except Exception`` does not catch it."""


class Waiting(Protocol):
    """What stands in for waits in real time needs to know of the invocation that waits."""

    @property
    def env(self) -> simpy.Environment:
        """The lab's event queue, whose ``now`` counts seconds of lab time."""

    @property
    def runtime(self) -> Any:
        """The process that the handler runs in."""

    def pass_time(self, seconds: float, news: simpy.Event | None = None) -> Any:
        """Let lab time pass; less of it where news come earlier."""

    def exit_at_once(self, how: str) -> None:
        """The handler's code ended its process: so its environment ends."""

    def sleep(self, seconds: float, news: simpy.Event | None = None) -> None:
        """Let lab time pass: one step of the handler."""


class HandlerCode(greenlet.greenlet):
    """Code of a handler: the handler itself, or what a thread does that it started.

    Attributes
    ----------
    invocation : Waiting
        To which it belongs. A thread that outlives one goes on in a later one.
    thread : object or None
        The lab's view of the thread; None for the handler itself.
    """

    invocation: Any
    thread: Any = None


def waiting_invocation() -> Waiting | None:
    """The invocation whose code runs now, or None outside of handlers."""
    try:
        here = greenlet.getcurrent()
    except RuntimeError:  # the interpreter ends, and takes down pools of handlers (from Python 3.12 on)
        return None
    if type(here) is not HandlerCode:
        return None
    invocation: Waiting = here.invocation
    return invocation
