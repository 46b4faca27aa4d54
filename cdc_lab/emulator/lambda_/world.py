"""The process as a handler sees it: lab time, Lambda's environment, and output that becomes log lines."""

from __future__ import annotations

import io
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from cdc_lab.clock import Clock
from cdc_lab.emulator.lambda_.watchdog import Reason, Watchdog

REAL_SLEEP = time.sleep
_ROOT = logging.getLogger()
_PLAIN_EMIT = logging.StreamHandler.emit


class Inhabitant(Protocol):
    """What the world needs to know of the invocation that runs in it."""

    request_id: str
    environ: dict[Any, Any]

    @property
    def watchdog_seconds(self) -> float:
        """Processor seconds that it may use from now on without a sleep or a call."""

    @property
    def wall_seconds(self) -> float:
        """Real seconds after which it must end whatever it does, where lab time is the wall clock's."""

    def write(self, text: str) -> None:
        """Take what was printed."""


class _Output(io.TextIOBase):
    """``sys.stdout`` and ``sys.stderr`` of a handler."""

    def __init__(self, world: HandlerWorld) -> None:
        self._world = world

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        inhabitant = self._world.inhabitant()
        if inhabitant is None:  # a thread that the handler started
            stream = sys.__stdout__
            return stream.write(text) if stream is not None else 0
        inhabitant.write(text)
        return len(text)


class _LogHandler(logging.Handler):
    """The root handler of Lambda's Python runtime: level, time, request id, message."""

    def __init__(self, world: HandlerWorld) -> None:
        super().__init__()
        self._world = world
        formatter = logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
        )
        formatter.converter = time.gmtime
        self.setFormatter(formatter)

    def emit(self, record: logging.LogRecord) -> None:
        inhabitant = self._world.inhabitant()
        if inhabitant is not None:
            record.aws_request_id = inhabitant.request_id
            inhabitant.write(self.format(record) + "\n")


@dataclass
class _Sleepers:
    """The names of some globals that stand for the lab's sleep, and how many handlers run over them."""

    names: list[str] = field(default_factory=list)
    count: int = 0


class HandlerWorld:
    """Swaps the process between the lab's side and the handler's side.

    Everything is swapped at each switch into a handler and back at each switch out of it, so that
    handlers which run side by side in lab time never see each other's world.

    Parameters
    ----------
    clock : Clock
    inhabitant : callable
        Returns the invocation whose code is running, or None.
    sleep : callable
        Stands in for ``time.sleep``.
    """

    def __init__(
        self,
        clock: Clock,
        inhabitant: Callable[[], Inhabitant | None],
        sleep: Callable[[float], None],
        watchdog: Watchdog,
    ) -> None:
        self._clock = clock
        self.inhabitant = inhabitant
        self._sleep = sleep
        self.watchdog = watchdog
        self._output = _Output(self)
        self._handlers: list[logging.Handler] = [_LogHandler(self)]
        self._saved: list[tuple[Any, ...]] = []
        self._sleepers: dict[int, _Sleepers] = {}
        self._patched_emit = lambda handler, record: self._emit(handler, record)

    @contextmanager
    def sleep_in(self, names: dict[str, Any]) -> Iterator[None]:
        """Let the lab's sleep stand in for a real one that globals hold by ``from time import sleep``.

        Handlers over the same globals may run side by side: the last one to end puts the real one back.
        """
        sleepers = self._sleepers.get(id(names))
        bound = [name for name, value in names.items() if value is REAL_SLEEP]
        if sleepers is None and not bound:
            yield
            return
        if sleepers is None:
            sleepers = self._sleepers[id(names)] = _Sleepers()
        for name in bound:
            names[name] = self._sleep
        sleepers.names += bound
        sleepers.count += 1
        try:
            yield
        finally:
            sleepers.count -= 1
            if sleepers.count == 0:
                del self._sleepers[id(names)]
                for name in sleepers.names:
                    if names.get(name) is self._sleep:
                        names[name] = REAL_SLEEP

    def enter(self, invocation: Inhabitant) -> None:
        """The handler of that invocation runs from here on."""
        traveller = self._clock.travel()
        environ: Any = os.environ
        self._saved.append(
            (
                traveller,
                time.sleep,
                environ._data,
                sys.stdout,
                sys.stderr,
                _ROOT.handlers,
                self.watchdog.running,
            )
        )
        time.sleep = self._sleep  # type: ignore[assignment]
        # The mapping behind os.environ, so that names bound by "from os import environ" follow too.
        environ._data = invocation.environ
        sys.stdout = sys.stderr = self._output
        _ROOT.handlers = self._handlers
        if len(self._saved) == 1:
            logging.StreamHandler.emit = self._patched_emit  # type: ignore[method-assign]
        wall = invocation.wall_seconds if self._clock.is_real else None
        self.watchdog.watch(invocation.watchdog_seconds, wall)

    def leave(self) -> Reason | None:
        """Back to the side that was left by the last `enter`.

        What the watchdog throws may arrive before anything is done here: it is called again then.

        Returns
        -------
        Reason or None
            Why the watchdog threw the handler out, if it did.
        """
        reason = self.watchdog.release(self._saved[-1][-1])
        environ: Any = os.environ
        traveller, time.sleep, environ._data, sys.stdout, sys.stderr, _ROOT.handlers, _ = self._saved.pop()
        if not self._saved:
            logging.StreamHandler.emit = _PLAIN_EMIT  # type: ignore[method-assign]
        traveller.stop()
        return reason

    def _emit(self, handler: logging.StreamHandler[Any], record: logging.LogRecord) -> None:
        # A logger made at import time holds the notebook's own stdout: it means Lambda's.
        inhabitant = self.inhabitant()
        outer = self._saved[0]
        if inhabitant is None or handler.stream not in (outer[3], outer[4], sys.__stdout__, sys.__stderr__):
            _PLAIN_EMIT(handler, record)
        else:
            inhabitant.write(handler.format(record) + handler.terminator)
