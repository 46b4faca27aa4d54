"""One run of a handler: ordinary code in a greenlet, whose sleeps and AWS calls are lab time."""

from __future__ import annotations

import json
import linecache
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, TypeVar

import greenlet

from cdc_lab.clock import Clock
from cdc_lab.emulator.context import LambdaContext
from cdc_lab.emulator.faults import FaultPlan
from cdc_lab.emulator.functions import Function
from cdc_lab.emulator.handler_world import REAL_SLEEP, HandlerWorld
from cdc_lab.emulator.watchdog import HandlerStuck, Watchdog

T = TypeVar("T")

# How often a handler may swallow its own end before it is left where it is.
_KILLS = 5
_PACKAGES = re.compile(r"\S*[/\\]site-packages[/\\]")
_GRAVEYARD: list[greenlet.greenlet] = []


class InvocationEnded(BaseException):
    """Thrown into a handler whose invocation is over; ``except Exception`` does not catch it."""


class _HandlerGreenlet(greenlet.greenlet):
    invocation: Invocation


def current_invocation() -> Invocation | None:
    """The invocation whose handler is running now, or None."""
    here = greenlet.getcurrent()
    return here.invocation if type(here) is _HandlerGreenlet else None


def virtual_sleep(seconds: float) -> None:
    """What ``time.sleep`` does inside a handler: lab time passes. Elsewhere it is the real one."""
    invocation = current_invocation()
    if invocation is None:
        REAL_SLEEP(seconds)
        return
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    invocation.sleep(seconds)


def new_world(clock: Clock) -> HandlerWorld:
    """The world that all handlers of a lab live in."""
    return HandlerWorld(clock, current_invocation, virtual_sleep, Watchdog())


@dataclass(slots=True)
class Result:
    """How an invocation ended.

    Attributes
    ----------
    outcome : str
        ``success``, ``error`` or ``timeout``.
    payload : object
        The handler's answer after its way through JSON, or AWS's error payload.
    error : str
        One line for people; empty after success.
    """

    outcome: str
    payload: Any
    started: float
    ended: float
    error: str = ""


class Invocation:
    """One run of a handler.

    Parameters
    ----------
    event : object
        Already as JSON would have it; the handler may change it.
    request_id : str

    Attributes
    ----------
    lines : list of (float, str)
        What it logged, with lab times in epoch seconds.
    """

    def __init__(
        self,
        function: Function,
        event: Any,
        request_id: str,
        *,
        clock: Clock,
        world: HandlerWorld,
        plan: FaultPlan,
    ) -> None:
        self.function = function
        self.request_id = request_id
        self.lines: list[tuple[float, str]] = []
        self.instance = function.take_instance()
        self.was_cold = self.instance.is_cold
        self.environ = self.instance.environ
        self.watchdog_seconds = function.watchdog_seconds
        self._event = event
        self._clock = clock
        self._world = world
        self._plan = plan
        self._unfinished_line = ""
        self._is_dead = False
        self._kills = 0
        self._return: Any = None
        self._raised: BaseException | None = None
        self._back: greenlet.greenlet = greenlet.getcurrent()
        self._greenlet = _HandlerGreenlet(self._main)
        self._greenlet.invocation = self

    # -- the lane's side ------------------------------------------------------------------------

    def steps(self) -> Iterator[float]:
        """Run the handler; yields how many seconds of lab time must pass before the next step.

        Whoever drives it lets that time pass, in a simpy process or by moving the clock, and then
        asks for the next step. When it is exhausted, `result` tells the end.
        """
        function, clock = self.function, self._clock
        function.in_flight += 1
        try:
            if self.was_cold:
                self.instance.is_cold = False
                if function.cold_starts and function.latencies.cold_start:
                    yield function.latencies.cold_start
            self.started = clock.time()
            self._deadline = deadline = self.started + function.timeout
            ended_by = ""
            wait = self._resume()
            while wait is not None:
                remaining = deadline - clock.time()
                if wait == _CRASH:
                    ended_by = "crash"
                elif wait >= remaining - 1e-9:
                    if remaining > 0:
                        yield remaining
                    ended_by = "timeout"
                if ended_by:
                    self._end()
                    break
                yield wait
                wait = self._resume()
            ended = deadline if ended_by == "timeout" else clock.time()
            shortest = function.latencies.shortest
            if ended - self.started < shortest:
                yield shortest
                ended = clock.time()
            self.result = self._judge(ended_by, ended)
        finally:
            self._is_dead = True
            function.in_flight -= 1
            self._event = None

    def _resume(self) -> float | None:
        return self._switch(self._greenlet.switch)

    def _switch(self, switch: Callable[..., Any], *args: Any) -> float | None:
        here = greenlet.getcurrent()
        if self._back is not here:
            self._back = self._greenlet.parent = here
        self._world.enter(self)
        try:
            asked: float | None = switch(*args)
        finally:
            self._world.leave()
        if isinstance(self._raised, KeyboardInterrupt):
            raise self._raised
        return asked

    def _end(self) -> None:
        self._is_dead = True
        self._switch(self._greenlet.throw, InvocationEnded("the invocation is over"))
        if not self._greenlet.dead:
            # It caught its own end again and again. Were it collected as garbage, it would run on.
            _GRAVEYARD.append(self._greenlet)

    def _judge(self, ended_by: str, ended: float) -> Result:
        request_id = self.request_id
        if self._unfinished_line:
            self.lines.append((ended, self._unfinished_line))
        if ended_by == "timeout":
            text = f"Task timed out after {self.function.timeout:.2f} seconds"
            message = f"{_iso(ended)} {request_id} {text}"
            self.lines.append((ended, message))
            self.function.replace_instance()
            return Result("timeout", {"errorMessage": message}, self.started, ended, text)
        if ended_by == "crash" or isinstance(self._raised, SystemExit):
            code = "signal: killed" if ended_by else f"exit status {self._raised.code or 0}"  # type: ignore[union-attr]
            text = f"Runtime exited with error: {code}"
            message = f"RequestId: {request_id} Error: {text}"
            self.lines.append((ended, message))
            self.function.replace_instance()
            payload = {"errorType": "Runtime.ExitError", "errorMessage": message}
            return Result("error", payload, self.started, ended, text)
        if self._raised is not None:
            return self._failed(self._raised, ended)
        try:
            answer = None if self._return is None else json.loads(to_json(self._return))
        except (TypeError, ValueError, RecursionError) as error:
            text = f"Unable to marshal response: {error}"
            return self._failure("Runtime.MarshalError", text, [], ended)
        return Result("success", answer, self.started, ended)

    def _failed(self, error: BaseException, ended: float) -> Result:
        if isinstance(error, HandlerStuck):
            text = (
                f"the handler ran {self.watchdog_seconds:g} s of real time without a sleep or an AWS call, "
                "in which lab time cannot pass: look for an endless loop, or raise "
                "create_function(watchdog_seconds=...)"
            )
            return self._failure("HandlerStuck", text, [], ended)
        return self._failure(type(error).__name__, str(error), _stack(error.__traceback__), ended)

    def _failure(self, kind: str, message: str, stack: list[str], ended: float) -> Result:
        self.lines.append((ended, f"[ERROR] {kind}: {message}".rstrip(": ")))
        if stack:
            self.lines.append((ended, "Traceback (most recent call last):"))
            self.lines += [(ended, line) for entry in stack for line in entry.splitlines()]
        payload = {
            "errorMessage": message,
            "errorType": kind,
            "requestId": self.request_id,
            "stackTrace": stack,
        }
        return Result("error", payload, self.started, ended, f"{kind}: {message}".rstrip(": "))

    # -- the handler's side ---------------------------------------------------------------------

    def _main(self) -> None:
        context = LambdaContext(self.function, self.instance, self.request_id, self._deadline, self._clock)
        handler = self.instance.handler
        names = getattr(handler, "__globals__", {})
        # "from time import sleep" bound the real one before the lab could stand in for it.
        borrowed = [name for name, value in names.items() if value is REAL_SLEEP]
        for name in borrowed:
            names[name] = virtual_sleep
        try:
            self._return = handler(self._event, context)
        except BaseException as error:  # even SystemExit ends an invocation, not the lab
            self._raised = error
        finally:
            for name in borrowed:
                names[name] = REAL_SLEEP

    def _alive(self) -> None:
        if self._is_dead:
            self._kills += 1
            if self._kills > _KILLS:
                self._back.switch(None)
            raise InvocationEnded("the invocation is over: it can do nothing any more")

    def _wait(self, seconds: float) -> None:
        self._back.switch(seconds)

    def sleep(self, seconds: float) -> None:
        """Let lab time pass: one step of the handler."""
        self.pass_time(seconds)
        self._step("sleep", "")

    def pass_time(self, seconds: float) -> None:
        """Let lab time pass, as part of a step."""
        self._alive()
        self._wait(seconds)

    def api_call(self, service: str, operation: str, answer: Callable[[], T]) -> T:
        """Make an AWS call on the handler's behalf: it takes lab time, and takes effect half-way.

        Parameters
        ----------
        answer : callable
            Performs the call.

        Raises
        ------
        InvocationEnded
            When the invocation is over: the call has no effect.
        """
        self._alive()
        half = (self.function.latencies.of(service, operation) + self._plan.slowness(service, operation)) / 2
        if half:
            self._wait(half)
        try:
            return answer()
        finally:
            self._step(service, operation)
            if half:
                self._wait(half)

    def _step(self, service: str, operation: str) -> None:
        if not self._is_dead and self._plan.crashes_at(service, operation):
            self._wait(_CRASH)

    def write(self, text: str) -> None:
        """Take what the handler printed, as log lines."""
        if self._is_dead:
            return
        if "site-packages" in text:  # a warning names its file; on Lambda packages lie in /var/task
            text = _PACKAGES.sub("/var/task/", text)
        now = self._clock.time()
        *lines, self._unfinished_line = (self._unfinished_line + text).split("\n")
        self.lines += [(now, line) for line in lines]


_CRASH = -1.0


def to_json(value: Any) -> str:
    """The handler's answer as Lambda's runtime writes it: Decimals become numbers."""
    return json.dumps(value, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _stack(trace: TracebackType | None) -> list[str]:
    # As Lambda's runtime writes it: code lies in /var/task, and no carets. The first frame is ours.
    entries = []
    step = trace.tb_next if trace is not None else None
    while step is not None:
        code, line = step.tb_frame.f_code, step.tb_lineno
        source = linecache.getline(code.co_filename, line, step.tb_frame.f_globals).strip()
        name = code.co_filename.replace("\\", "/").rsplit("/", 1)[-1]
        entry = f'  File "/var/task/{name}", line {line}, in {code.co_name}\n'
        entries.append(f"{entry}    {source}\n" if source else entry)
        step = step.tb_next
    return entries
