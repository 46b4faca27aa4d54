"""One run of a handler: ordinary code in a greenlet, whose sleeps and AWS calls are lab time."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import greenlet
import simpy

from cdc_lab.clock import MICROSECOND, Clock
from cdc_lab.emulator.faults import FaultPlan
from cdc_lab.emulator.lambda_ import event_loops, threads
from cdc_lab.emulator.lambda_.context import LambdaContext
from cdc_lab.emulator.lambda_.current import HandlerCode
from cdc_lab.emulator.lambda_.current import InvocationEnded as InvocationEnded
from cdc_lab.emulator.lambda_.functions import Function
from cdc_lab.emulator.lambda_.results import Result, answered, exited, raised, stuck, timed_out
from cdc_lab.emulator.lambda_.threads import HandlerThread, Turn
from cdc_lab.emulator.lambda_.trial import Trial
from cdc_lab.emulator.lambda_.watchdog import HandlerStuck, Reason, Watchdog
from cdc_lab.emulator.lambda_.world import HandlerWorld
from cdc_lab.errors import LabError

T = TypeVar("T")

# What a handler asks for, in place of seconds, to end its environment.
_CRASH = -1.0
# Seconds of the wall clock: with less, the watchdog would end the handler before it has begun.
_SHORTEST_CUT = 0.01
# How often a handler may swallow its own end before it is left where it is.
_KILLS = 5
_PACKAGES = re.compile(r"\S*[/\\]site-packages[/\\]")
_UNFINISHED: list[greenlet.greenlet] = []


def current_invocation() -> Invocation | None:
    """The invocation whose handler is running now, or None."""
    here = greenlet.getcurrent()
    if type(here) is not HandlerCode:
        return None
    invocation: Invocation = here.invocation
    return invocation


def new_world(clock: Clock, trial: Trial) -> HandlerWorld:
    """The world that all handlers of a lab live in."""
    event_loops.install()
    threads.install()
    return HandlerWorld(clock, current_invocation, Watchdog(), trial)


class Invocation:
    """One run of a handler.

    Parameters
    ----------
    event : object
        Already as JSON would have it; the handler may change it.
    request_id : str
    invoked_arn : str
        Of the function, with the qualifier that the caller gave.

    Attributes
    ----------
    started : float
        Lab time, in epoch seconds, at which the handler began.
    result : Result
        Once `steps` is exhausted.
    lines : list of (float, str)
        What it logged, with lab times in epoch seconds.
    init : float
        Lab seconds that a fresh execution environment took before it.
    refused : LabError or None
        The lab refused a client of the handler's, or what the handler wanted of the lab itself.
    news : simpy.Event or None
        Ends the wait of the present step before its time.
    plan : FaultPlan
        What goes wrong in the run that started it.
    calls : list of tuple
        The attempts of calls that it made: when, service, operation, number of the attempt, outcome, and the
        seconds of lab time that it took.
    raised : BaseException or None
        What the handler raised.
    exit : str
        How the handler's code ended its own process, if it did: ``exit status 3``, ``signal: killed``.
    unfollowed : list of (float, str, str)
        What it did in real time and in no lab time: when, its kind (``process``, ``socket``), and
        the program or address.
    """

    def __init__(
        self,
        function: Function,
        event: Any,
        request_id: str,
        *,
        invoked_arn: str,
        clock: Clock,
        world: HandlerWorld,
        plan: FaultPlan,
    ) -> None:
        self.function = function
        self.request_id = request_id
        self._invoked_arn = invoked_arn
        self.lines: list[tuple[float, str]] = []
        self.calls: list[tuple[float, str, str, int, str, float]] = []
        self.unfollowed: list[tuple[float, str, str]] = []
        self.exit = ""
        self.instance = function.take_instance()
        self.was_cold = self.instance.is_cold
        self.runtime = self.instance.take_runtime()
        self.init = 0.0
        self.refused: LabError | None = None
        self.environ = self.instance.environ
        self.news: simpy.Event | None = None
        self._deadline = 0.0
        self._ending: tuple[list[Callable[[], None]], float] = [], 0.0
        self._event = event
        self._clock = clock
        self._world = world
        self.plan = plan
        self._unfinished_line = ""
        self._is_dead = False
        self._kills = 0
        self._return: Any = None
        self.raised: BaseException | None = None
        self._stuck: Reason | None = None
        self._waits: Turn | None = None  # the handler, while it waits beside threads
        self._back: greenlet.greenlet = greenlet.getcurrent()
        self._greenlet = HandlerCode(self._main)
        self._greenlet.invocation = self

    @property
    def watched(self) -> tuple[float, float | None]:
        """Processor seconds that the handler may use from now on; on the wall clock real seconds, too."""
        # On the wall clock computing takes time, too.
        wall = max(_SHORTEST_CUT, self._left()) if self._clock.is_real else None
        return self.function.watchdog_seconds, wall

    @property
    def env(self) -> simpy.Environment:
        """The lab's event queue."""
        return self._clock.env

    @property
    def stuck(self) -> Reason | None:
        """Why the watchdog throws the handler out, if it does."""
        return self._stuck or self._world.watchdog.stuck

    def _left(self) -> float:
        return self._deadline - self._clock.time()

    # -- the lane's side ------------------------------------------------------------------------

    def steps(self) -> Iterator[float]:
        """Run the handler; yields how many seconds of lab time must pass before the next step.

        Whoever drives it lets that time pass, in a simpy process (see `pause`) or by moving the clock, and
        then asks for the next step. When it is exhausted, `result` tells the end.
        """
        function, clock = self.function, self._clock
        function.concurrency.in_flight += 1
        is_gone = True
        try:
            if self.was_cold:
                self.instance.is_cold = False
                if function.cold_starts and function.latencies.cold_start:
                    self.init = function.latencies.cold_start
                    yield self.init
            self.started = clock.time()
            self._deadline = deadline = self.started + function.timeout
            ended_by = ""
            wait = self._resume()
            while wait is not None:
                if self._stuck:
                    self._end()
                    break
                remaining = deadline - clock.time()
                if wait == _CRASH:
                    ended_by = "crash"
                elif wait >= remaining - MICROSECOND:
                    if remaining > 0:
                        yield remaining
                    if self._left() < MICROSECOND:
                        ended_by = "timeout"
                if ended_by:
                    self._end()
                    break
                if wait < remaining - MICROSECOND:
                    yield wait
                self.news = None
                wait = self._resume()
            if self.runtime.threads and not (ended_by or self._stuck) and self._crashes_at_last():
                ended_by = "crash"
            if self._clock.is_real and not ended_by and self._left() < 0:
                ended_by = "timeout"  # it computed, or waited for an answer, beyond its time
            ended = deadline if ended_by == "timeout" else clock.time()
            shortest = function.latencies.shortest
            if ended - self.started < shortest:
                yield shortest
                ended = clock.time()
            self.result = self._judge(ended_by, ended)
            is_gone = bool(ended_by or self._stuck or isinstance(self.raised, SystemExit))
        finally:
            self._is_dead = True
            self._leave_runtime(is_gone)
            function.concurrency.in_flight -= 1
            self._event = None
            if self._greenlet:
                # It caught its own end again and again, or the run was given up in its middle. Were it
                # collected as garbage, its code would run on.
                _UNFINISHED.append(self._greenlet)

    def pause(self, seconds: float) -> simpy.Event:
        """Return the event at which the next step is due: after so long, or when the handler's news came."""
        timeout = self._clock.env.timeout(seconds)
        return timeout if self.news is None else timeout | self.news

    def _resume(self) -> float | None:
        """Let the handler run until it waits, and its threads until they do; return for how long they do."""
        threads = self.runtime.threads
        if self._waits is None and not threads:
            asked = self._switch(self._greenlet.switch)
            if not threads or asked is None or asked == _CRASH or self._stuck:
                return asked
            self._waits = Turn(self.env.now + asked, self.news)
        return self._take_turns(self._waits or Turn(self.env.now))

    def _take_turns(self, handler: Turn) -> float | None:
        """Let the handler and its threads run, one at a time, until all wait for later."""
        runtime = self.runtime
        while True:
            turn = runtime.next_turn(handler, self.env.now)
            if turn is None:
                self._waits = handler
                seconds, self.news = runtime.all_wait(handler, self.env)
                return seconds
            if isinstance(turn, HandlerThread):
                if not self._give_turn(turn):
                    return _CRASH
            else:
                self.news = None
                asked = self._switch(self._greenlet.switch)
                if asked is None or asked == _CRASH or self._stuck:
                    return asked
                handler = Turn(self.env.now + asked, self.news)

    def _give_turn(self, thread: HandlerThread) -> bool:
        """Let a thread run until it waits; return whether its environment lives on."""
        with self._world.beside(self):
            thread.turn(self)
        if thread.is_over:
            self.runtime.threads.remove(thread)
        self._stuck = thread.stuck
        return not (self._stuck or thread.crashes)

    def _crashes_at_last(self) -> bool:
        """The handler has ended: let those threads run that could have by now, before all are frozen."""
        now = float(self.env.now)
        due = [thread for thread in self.runtime.threads if thread.is_due(now)]
        return not all(self._give_turn(thread) for thread in due) and self._stuck is None

    def start_thread(self, thread: threading.Thread) -> None:
        """Start a thread that the handler started: it runs when its turn comes."""
        self.instance.use_lab_locks()
        self.runtime.start(thread, self, self._world.watchdog)

    def _leave_runtime(self, is_gone: bool) -> None:
        runtime, frozen = self.runtime, self._world.frozen
        if is_gone or self.instance.is_over:
            self._end_runtime()
            return
        self.instance.idle.append(runtime)
        if not runtime.is_empty:
            frozen[runtime] = None
            runtime.end_frozen = self._end_runtime
        elif runtime in frozen:
            del frozen[runtime]

    def _end_runtime(self) -> None:
        """End the process that the handler ran in, and the threads in it."""
        self._world.frozen.pop(self.runtime, None)
        if not self.runtime.is_empty:
            with self._world.beside(self):
                self.runtime.end(self)

    def _switch(self, switch: Callable[..., Any], *args: Any) -> float | None:
        here = greenlet.getcurrent()
        if self._back is not here:
            self._back = self._greenlet.parent = here
        asked: float | None = None
        watchdog = self._world.watchdog
        self._world.enter(self)
        # An exception of the watchdog's may arrive when the handler has just ended: in any line down to the
        # end of `leave`, which is why that is tried twice. Nothing but a method call can raise it.
        try:
            asked = switch(*args)
        except HandlerStuck:
            pass
        except KeyboardInterrupt:
            if watchdog.stuck is None:
                raise
        finally:
            try:
                reason = self._world.leave()
            except (HandlerStuck, KeyboardInterrupt):
                reason = self._world.leave()
            if reason is not None:
                self._stuck, self.raised = reason, None
        return asked

    @property
    def stops(self) -> BaseException | None:
        """What ends the whole run: the reader's interrupt, or a refusal that every retry would meet again."""
        return KeyboardInterrupt() if isinstance(self.raised, KeyboardInterrupt) else self.refused

    def _end(self) -> None:
        self._is_dead, self.news = True, None
        if self._greenlet:  # it has begun: threads that it found there may have run before
            self._switch(self._greenlet.throw, InvocationEnded("the invocation is over"))

    def _judge(self, ended_by: str, ended: float) -> Result:
        if self._unfinished_line:
            self.lines.append((ended, self._unfinished_line))
        span = (self.request_id, self.started, ended)
        error = self.raised
        if ended_by == "timeout":
            result = timed_out(self.function.timeout, *span)
        elif ended_by == "crash":
            result = exited(self.exit or "signal: killed", *span)
        elif self._stuck is not None:
            result = stuck(self._stuck, self.function.watchdog_seconds, *span)
        elif error is not None:
            result = raised(error, *span)
        else:
            result = answered(self._return, *span)
        if ended_by or self._stuck or isinstance(error, SystemExit):
            self.function.replace_instance()
        self.lines += [(ended, line) for line in result.lines]
        return result

    # -- the handler's side ---------------------------------------------------------------------

    def _main(self) -> None:
        context = LambdaContext(
            self.function, self.instance, self._invoked_arn, self.request_id, self._deadline, self._clock
        )
        handler = self.instance.handler
        names = getattr(handler, "__globals__", {})
        has_stand_ins = self._world.put_stand_ins(names)
        try:
            self._return = handler(self._event, context)
        except BaseException as error:  # even SystemExit ends an invocation, not the lab
            self.raised = error
        finally:
            if has_stand_ins:
                self._world.take_stand_ins(names)

    def _alive(self) -> None:
        if self._stuck or self._world.watchdog.stuck or (self._clock.is_real and self._left() <= 0):
            self._is_dead = True
        if self._is_dead:
            thread = _thread_of_handler()
            if thread is not None:
                thread.refuse()
            else:
                self._kills += 1
                if self._kills > _KILLS:
                    self._back.switch(None)
            raise InvocationEnded("the invocation is over: it can do nothing any more")

    def _wait(self, seconds: float, news: simpy.Event | None = None) -> Invocation:
        if greenlet.getcurrent() is self._greenlet:
            self.news = news
            self._back.switch(seconds)
            return self
        thread = _thread_of_handler()
        assert thread is not None
        later: Invocation = thread.wait(seconds, news)
        return later

    def sleep(self, seconds: float, news: simpy.Event | None = None) -> None:
        """Let lab time pass: one step of the handler."""
        self._alive()
        self._wait(seconds, news)._step("sleep", "")

    def pass_time(self, seconds: float, news: simpy.Event | None = None) -> Invocation:
        """Let lab time pass, as part of a step; less of it where news come earlier.

        Returns
        -------
        Invocation
            In which the code goes on: a later one, where it is a thread's that was frozen meanwhile.
        """
        self._alive()
        return self._wait(seconds, news)

    def api_call(
        self,
        service: str,
        operation: str,
        answer: Callable[[], T],
        attempt: int = 1,
        outcome: Callable[[T], str] = lambda _: "ok",
        seconds: float | None = None,
        latency: float | None = None,
        slowness: float | None = None,
    ) -> T:
        """Make one attempt of a call on the handler's behalf: it takes lab time, and takes effect half-way.

        Parameters
        ----------
        answer : callable
            Performs the attempt.
        attempt : int
            Its number within the call, from 1.
        outcome : callable
            How the trace calls what was answered: ``ok``, or an error code.
        seconds : float, optional
            After so long the client gives up waiting for the answer.
        latency : float, optional
            Lab seconds that it takes, there and back; by default those of the operation.
        slowness : float, optional
            What the faults of the run add to it, where the caller has asked them already.

        Raises
        ------
        InvocationEnded
            When the invocation is over: the call has no effect.
        """
        self._alive()
        within = self  # a thread may go on in a later invocation
        began, told = self._clock.time(), "unanswered"
        if latency is None:
            latency = self.function.latencies.of(service, operation)
        if slowness is None:
            slowness = self.plan.slowness(service, operation)
        half = (latency + slowness) / 2
        if seconds is not None:
            half = min(half, seconds)
        ending: list[Callable[[], None]] = []
        is_over = False
        try:
            if half or self.runtime.threads:
                within = within._wait(half)
            try:
                within._ending = ending, half
                answered = answer()
                result = outcome(answered)
            except Exception as error:
                result = _told(error)
                raise
            except BaseException:  # the handler was ended while another function answered
                is_over = True
                raise
            finally:
                if not is_over:
                    within._step(service, operation)
                    rest = half if seconds is None else max(0.0, seconds - half)
                    if rest:
                        within = within._wait(rest)
                    if ending and rest >= half:
                        ending.pop()()
                    told = result
            return answered
        finally:
            took = self._clock.time() - began
            within.calls.append((began, service, operation, attempt, told, took))

    def at_end_of_call(self, act: Callable[[], None]) -> None:
        """Let something happen once, when the call that is being answered ends (see ``Latencies``).

        It happens also where the client has given up by then, or the handler is dead.
        """
        ending, rest = self._ending
        seconds = self.function.latencies.under_way(rest)
        if not seconds:
            act()
            return
        acts = [act]

        def once() -> None:
            if acts:
                acts.pop()()

        self._clock.after(seconds, once)
        ending.append(once)  # lab time is a float: what is due at the same moment might come a little later

    def _step(self, service: str, operation: str) -> None:
        if not self._is_dead and self.plan.crashes_at(service, operation, self.request_id):
            self._crash()

    def exit_at_once(self, how: str) -> None:
        """The handler's code ended its process: nothing that it does any more has an effect."""
        self._alive()
        self.exit = how
        self._crash()

    def _crash(self) -> None:
        thread = _thread_of_handler()
        if thread is not None:
            thread.crash()
        else:
            self._wait(_CRASH)

    def note_unfollowed(self, kind: str, target: str) -> None:
        """Note what takes real time and no lab time: a ``process``, or a ``socket``."""
        self.unfollowed.append((self._clock.time(), kind, target))

    def write(self, text: str) -> None:
        """Take what the handler printed, as log lines."""
        if self._is_dead:
            return
        if "site-packages" in text:  # a warning names its file; on Lambda packages lie in /var/task
            text = _PACKAGES.sub("/var/task/", text)
        now = self._clock.time()
        *lines, self._unfinished_line = (self._unfinished_line + text).split("\n")
        self.lines += [(now, line) for line in lines]


def _thread_of_handler() -> HandlerThread | None:
    """The thread of a handler that runs this code; None where it is the handler itself."""
    thread: HandlerThread | None = getattr(greenlet.getcurrent(), "thread", None)
    return thread


def _told(error: Exception) -> str:
    """How the trace calls what a call was refused with: AWS's code, an HTTP status, else the exception."""
    response: object = getattr(error, "response", None)
    if isinstance(response, Mapping) and "Error" in response:
        return str(response["Error"]["Code"])
    status: object = getattr(error, "status_code", None)
    return str(status) if isinstance(status, int) else type(error).__name__
