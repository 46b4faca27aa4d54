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
from cdc_lab.emulator.lambda_.runtime import Runtime
from cdc_lab.emulator.lambda_.stand_ins import STAND_INS, StandIns
from cdc_lab.emulator.lambda_.trial import Trial
from cdc_lab.emulator.lambda_.watchdog import Reason, Watchdog

_ROOT = logging.getLogger()
_OF_TESTS = ("_pytest.logging", "unittest._log")
_STDOUT, _STDERR, _HANDLERS = 4, 5, 6  # places in what `HandlerWorld.enter` saves
_TRUE = ("1", "y", "yes", "t", "true", "on")
_PLAIN_EMIT = logging.StreamHandler.emit


class Inhabitant(Protocol):
    """What the world needs to know of the invocation that runs in it."""

    request_id: str
    environ: dict[Any, Any]

    runtime: Runtime

    @property
    def watched(self) -> tuple[float, float | None]:
        """What it may use from now on without a sleep or a call.

        Processor seconds; and real seconds after which it must end whatever it does, where lab time is the
        wall clock's.
        """

    def write(self, text: str) -> None:
        """Take what was printed."""


class _Output(io.TextIOBase):
    """``sys.stdout`` or ``sys.stderr`` of a handler."""

    def __init__(self, world: HandlerWorld, place: int) -> None:
        self._world = world
        self._place = place  # among what the world has saved

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        inhabitant = self._world.inhabitant()
        if inhabitant is None:  # a thread that the handler started
            stream = sys.__stdout__
            return stream.write(text) if stream is not None else 0
        inhabitant.write(text)
        self._world.echo(text, self._place)
        return len(text)

    def flush(self) -> None:
        pass


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
        if inhabitant is not None and not _is_printed_by_powertools(record.name):
            record.aws_request_id = inhabitant.request_id
            inhabitant.write(self.format(record) + "\n")


def _is_printed_by_powertools(name: str) -> bool:
    """Whether a logger of Powertools prints what that logger logs, and keeps the root handler from it.

    For that it puts a filter on the root's handlers when it is made. On Lambda these are the runtime's; here
    they were not there then.
    """
    if os.environ.get("POWERTOOLS_LOG_DEDUPLICATION_DISABLED", "").lower() in _TRUE:
        return False
    logger: logging.Logger | None = logging.getLogger(name)
    while logger is not None:
        if getattr(logger, "init", False) is True and hasattr(logger, "powertools_handler"):
            return True
        logger = logger.parent
    return False


@dataclass
class _Users:
    """What some globals held in whose place something stands in, and how many handlers run over them."""

    plain: dict[str, Any] = field(default_factory=dict)
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
    watchdog : Watchdog
    trial : Trial
        Whether a test sees what handlers print and log.

    Attributes
    ----------
    frozen : dict of Runtime to None
        Processes in which an invocation has left something.
    """

    def __init__(
        self,
        clock: Clock,
        inhabitant: Callable[[], Inhabitant | None],
        watchdog: Watchdog,
        trial: Trial,
    ) -> None:
        self._trial = trial
        self._clock = clock
        self.inhabitant = inhabitant
        self.watchdog = watchdog
        self.frozen: dict[Runtime, None] = {}
        self._output, self._errors = _Output(self, _STDOUT), _Output(self, _STDERR)
        self._handlers: list[logging.Handler] = [_LogHandler(self)]
        self._saved: list[tuple[Any, ...]] = []
        self._users: dict[int, _Users] = {}
        self._patched_emit = lambda handler, record: self._emit(handler, record)

    def put_stand_ins(self, names: dict[str, Any]) -> bool:
        """Let lab time stand in for real time where globals hold it by ``from time import sleep``.

        Returns
        -------
        bool
            Whether `take_stand_ins` must be called for these globals. Handlers over the same ones may run
            side by side: the last one to end puts the real ones back.
        """
        users = self._users.get(id(names))
        if STAND_INS.keys().isdisjoint(map(id, names.values())):
            if users is None:
                return False
        else:
            if users is None:
                users = self._users[id(names)] = _Users()
            plain = {name: value for name, value in names.items() if id(value) in STAND_INS}
            names.update({name: STAND_INS[id(value)] for name, value in plain.items()})
            users.plain |= plain
        users.count += 1
        return True

    def take_stand_ins(self, names: dict[str, Any]) -> None:
        """A handler over these globals has ended."""
        users = self._users[id(names)]
        users.count -= 1
        if users.count == 0:
            del self._users[id(names)]
            for name, value in users.plain.items():
                if names.get(name) is STAND_INS[id(value)]:
                    names[name] = value

    @contextmanager
    def beside(self, invocation: Inhabitant) -> Iterator[None]:
        """Inside, a thread of that handler's runs, and this one waits for it."""
        self.enter(invocation, is_watched=False)
        try:
            yield
        finally:
            self.leave()

    def enter(self, invocation: Inhabitant, is_watched: bool = True) -> None:
        """The handler of that invocation runs from here on."""
        traveller = self._clock.travel()
        brings_stand_ins = not StandIns.are_in
        if brings_stand_ins:  # somebody else than `Runs` lets time pass
            StandIns.put()
        environ: Any = os.environ
        asyncio = invocation.runtime.asyncio
        self._saved.append(
            (
                traveller,
                brings_stand_ins,
                asyncio,
                environ._data,
                sys.stdout,
                sys.stderr,
                _ROOT.handlers,
                self.watchdog.running,
            )
        )
        if asyncio.differs():
            asyncio.exchange()
        # The mapping behind os.environ, so that names bound by "from os import environ" follow too.
        environ._data = invocation.environ
        sys.stdout, sys.stderr = self._output, self._errors
        _ROOT.handlers = self._handlers if not self._trial.echoes else [*self._handlers, *self._tests_own()]
        if len(self._saved) == 1:
            logging.StreamHandler.emit = self._patched_emit  # type: ignore[method-assign]
        if is_watched:
            self.watchdog.watch(*invocation.watched)

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
        traveller, brought, asyncio, environ._data, sys.stdout, sys.stderr, _ROOT.handlers, _ = (
            self._saved.pop()
        )
        if asyncio.differs():
            asyncio.exchange()
        if brought:
            StandIns.take_away()
        if not self._saved:
            logging.StreamHandler.emit = _PLAIN_EMIT  # type: ignore[method-assign]
        traveller.stop()
        return reason

    def echo(self, text: str, place: int) -> None:
        """Print on a test's own output what its handler prints, too."""
        stream = self._saved[0][place] if self._trial.echoes and self._saved else None
        if stream is not None:
            stream.write(text)

    def _tests_own(self) -> list[logging.Handler]:
        # What caplog and assertLogs see is what was logged, wherever it goes.
        saved: list[logging.Handler] = self._saved[0][_HANDLERS]
        return [handler for handler in saved if type(handler).__module__ in _OF_TESTS]

    def _emit(self, handler: logging.StreamHandler[Any], record: logging.LogRecord) -> None:
        # A logger made at import time holds the notebook's own stdout: it means Lambda's.
        inhabitant = self.inhabitant()
        outer = self._saved[0]
        plain = (outer[_STDOUT], outer[_STDERR], sys.__stdout__, sys.__stderr__)
        if inhabitant is None or handler.stream not in plain:
            _PLAIN_EMIT(handler, record)
            return
        text = handler.format(record) + handler.terminator
        inhabitant.write(text)
        self.echo(text, _STDERR if handler.stream in plain[1::2] else _STDOUT)
