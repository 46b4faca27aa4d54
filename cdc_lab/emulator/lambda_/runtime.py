"""The process of an execution environment: what an invocation leaves in it, the next one finds.

On Lambda an environment serves one invocation at a time. Between two it is frozen: its threads stand still,
and go on in the next one. After a crash or a timeout it is gone, and its threads with it.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import simpy

from cdc_lab.clock import MICROSECOND
from cdc_lab.emulator.lambda_.event_loops import AsyncioState
from cdc_lab.emulator.lambda_.threads import HandlerThread, Turn
from cdc_lab.emulator.lambda_.watchdog import Watchdog


class Runtime:
    """One process that runs a handler, one invocation after the other.

    Parameters
    ----------
    place : sequence
        What identifies it, for the order in which its threads run.

    Attributes
    ----------
    asyncio : AsyncioState
    threads : list of HandlerThread
        That have not ended, in the order in which they were started.
    end_frozen : callable
        Ends it when no invocation is in it.
    """

    end_frozen: Callable[[], None]

    def __init__(self, *place: object) -> None:
        self.asyncio = AsyncioState()
        self.threads: list[HandlerThread] = []
        self._place = place
        self._count = self._started = 0

    @property
    def is_empty(self) -> bool:
        """Whether an invocation has left nothing in it."""
        return not self.threads and self.asyncio.policy is None

    def next_number(self) -> int:
        """Number what the handler makes: an order that is the same in each run."""
        self._count += 1
        return self._count

    @cached_property
    def pools(self) -> WeakKeyDictionary[ThreadPoolExecutor, ThreadPoolExecutor]:
        """Its own executors, for those that were made elsewhere."""
        return WeakKeyDictionary()

    @cached_property
    def mark(self) -> object:
        """Tells its own executors from others."""
        return object()

    @cached_property
    def _random(self) -> random.Random:
        return random.Random(":".join(map(str, ("threads", *self._place))))

    def next_turn(self, handler: Turn, now: float) -> Turn | None:
        """Whose turn it is, of the handler and its threads; None while all wait for later."""
        due = [one for one in (handler, *self.threads) if one.is_due(now + MICROSECOND)]
        if len(due) < 2:
            return due[0] if due else None
        return self._random.choice(due)

    def all_wait(self, handler: Turn, env: simpy.Environment) -> tuple[float, simpy.Event | None]:
        """How many seconds all wait if no news come, and what news."""
        everyone = [handler, *self.threads]
        news = [one.news for one in everyone if one.news is not None]
        return min(one.due for one in everyone) - float(env.now), env.any_of(news) if news else None

    def start(self, thread: threading.Thread, invocation: Any, watchdog: Watchdog) -> None:
        """Start a thread of the handler; it waits for its turn."""
        self._started += 1
        ours = HandlerThread(thread, invocation, watchdog, self._started)
        ours.start()
        self.threads.append(ours)

    def end(self, invocation: Any) -> None:
        """End it and all that is in it."""
        for thread in self.threads:
            thread.kill(invocation)
        self.threads.clear()
        self.asyncio.close()
