"""The watchdog: what it counts, whom it leaves alone, and that whatever runs comes back."""

from __future__ import annotations

import cProfile
import json
import pdb
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from cdc_lab.emulator.lambda_ import watchdog as module
from cdc_lab.emulator.lambda_.watchdog import HandlerStuck, Meter, Reason, Watchdog
from cdc_lab.lab import Lab

SOCKETS = socket.socketpair()  # over which nothing comes
TAKEN = threading.Lock()
TAKEN.acquire()

LIMIT = 1.5  # processor seconds
PAUSE = 0.05  # wall seconds between two looks


def invoke(lab: Lab, name: str = "f", payload: object = None) -> tuple[str | None, Any]:
    answer = lab.client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload).encode())
    return answer.get("FunctionError"), json.loads(answer["Payload"].read())


def looks(share: float, seconds: float, *, late: float = 0.0, ends_at: float | None = None) -> Reason | None:
    """What a meter says of code that gets this share of the processor for so many wall seconds.

    Each look comes `late` wall seconds late, with clocks of its own: no time passes here.
    """
    now = used = 0.0
    meter = Meter((LIMIT, ends_at), now, used)
    while now < seconds:
        now += PAUSE + late
        used += share * (PAUSE + late)
        reason = meter.look(now, used, PAUSE)
        if reason is not None:
            return reason
    return None


# ---- what counts -------------------------------------------------------------------------------------


def test_code_that_uses_the_processor_beyond_the_limit_runs_on() -> None:
    assert looks(1.0, LIMIT - 0.1) is None
    assert looks(1.0, LIMIT + 0.1) == "runs"


def test_a_busy_machine_makes_no_right_handler_wrong() -> None:
    # GIVEN a handler that needs a third of the limit, on a machine with eleven at work
    # THEN it may take as long as it takes
    assert looks(1 / 11, LIMIT / 3 * 11) is None
    # AND one that never comes back is still found out
    assert looks(1 / 11, LIMIT * 12) is not None


def test_code_that_waits_without_the_processor_is_ended_later_and_called_so() -> None:
    # A search engine that stalls for 2 seconds makes nobody wrong (the limit is 1.5).
    assert looks(0.0, 2.0) is None
    assert looks(0.0, 3.9 * LIMIT) is None
    assert looks(0.0, 4.2 * LIMIT) == "waits"


def test_a_pause_in_waiting_begins_the_wait_anew() -> None:
    meter, now, used = Meter((LIMIT, None), 0.0, 0.0), 0.0, 0.0
    for number in range(round(8 * LIMIT / PAUSE)):
        now += PAUSE
        used += 0.04 if number % 40 == 0 else 0.0  # it works a little every two seconds
        assert meter.look(now, used, PAUSE) is None


def test_code_that_asks_again_and_again_holds_the_lab() -> None:
    assert looks(0.02, 9.9 * LIMIT) is None
    assert looks(0.02, 10.2 * LIMIT) == "holds"


def test_a_machine_that_stopped_counts_for_little() -> None:
    # GIVEN a process that was stopped for an hour between two looks
    meter = Meter((LIMIT, None), 0.0, 0.0)
    assert meter.look(PAUSE, 0.0, PAUSE) is None
    assert meter.look(3600.0, 0.0, PAUSE) is None
    # AND one whose looks all come four pauses late
    assert looks(0.0, 8 * LIMIT, late=4 * PAUSE) is None


def test_on_the_wall_clock_the_timeout_ends_it_whatever_it_does() -> None:
    assert looks(0.5, 0.9, ends_at=1.0) is None
    assert looks(0.5, 1.1, ends_at=1.0) == "holds"


def test_the_limit_decides_how_often_it_looks() -> None:
    assert [module._pause((limit, None)) for limit in (0.008, 0.8, 100.0)] == [0.005, 0.1, 0.5]


# ---- whatever runs comes back ------------------------------------------------------------------------


def loops(event: Any, context: Any) -> None:
    while True:
        pass


def swallows(event: Any, context: Any) -> None:
    while True:
        with suppress(BaseException):
            sum(range(100))


def gives_an_answer_nevertheless(event: Any, context: Any) -> str:
    try:
        loops(event, context)
    except BaseException:
        return "fine"
    return "never"


@contextmanager
def traced() -> Iterator[None]:
    """A tool that traces each line in Python, as coverage's own does without its C part."""

    def trace(frame: Any, what: str, arg: Any) -> Any:
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
        assert sys.gettrace() is trace  # an exception inside a tracer switches it off: it is put back
    finally:
        sys.settrace(before)


@contextmanager
def profiled() -> Iterator[None]:
    with cProfile.Profile():
        yield


@contextmanager
def profiled_in_python() -> Iterator[None]:
    before = sys.getprofile()
    sys.setprofile(lambda frame, what, arg: None)
    try:
        yield
    finally:
        sys.setprofile(before)


@contextmanager
def monitored() -> Iterator[None]:
    monitoring: Any = getattr(sys, "monitoring", None)
    if monitoring is None or monitoring.get_tool(monitoring.COVERAGE_ID) is not None:
        pytest.skip("no sys.monitoring, or it is taken")
    monitoring.use_tool_id(monitoring.COVERAGE_ID, "lines")
    monitoring.register_callback(monitoring.COVERAGE_ID, monitoring.events.LINE, lambda code, line: None)
    monitoring.set_events(monitoring.COVERAGE_ID, monitoring.events.LINE)
    try:
        yield
    finally:
        monitoring.set_events(monitoring.COVERAGE_ID, 0)
        monitoring.free_tool_id(monitoring.COVERAGE_ID)


@contextmanager
def plainly() -> Iterator[None]:
    yield


@pytest.mark.parametrize("handler", [loops, swallows, gives_an_answer_nevertheless])
@pytest.mark.parametrize("tool", [plainly, traced, profiled, profiled_in_python, monitored])
def test_code_that_runs_on_is_ended_under_any_tool(
    tool: Callable[[], Any], handler: Callable[[Any, Any], Any], lab: Lab
) -> None:
    lab.create_function("f", handler, watchdog_seconds=0.1)
    lab.create_function("g", lambda event, context: event)
    # WHEN it is invoked under a tool that traces or profiles, and others after it
    with tool():
        error, payload = invoke(lab)
        after = [invoke(lab, "g", number) for number in range(3)]
    # THEN it ended, the message tells why, and the lab goes on
    assert (error, payload["errorType"]) == ("Unhandled", "HandlerStuck")
    assert "0.1 s of processor time" in payload["errorMessage"]
    assert "watchdog_seconds" in payload["errorMessage"]
    assert after == [(None, 0), (None, 1), (None, 2)]


@pytest.mark.skipif(sys.platform == "win32", reason="what waits in C code hears no signal there")
@pytest.mark.parametrize("wait", [lambda: SOCKETS[0].recv(1), lambda: TAKEN.acquire()])
def test_code_that_waits_is_ended_and_not_called_an_endless_loop(wait: Callable[[], Any], lab: Lab) -> None:
    lab.create_function("f", lambda event, context: wait(), watchdog_seconds=0.1)
    error, payload = invoke(lab)
    assert (error, payload["errorType"]) == ("Unhandled", "HandlerStuck")
    assert "waited 0.4 s of real time for something outside lab time" in payload["errorMessage"]
    assert "endless loop" not in payload["errorMessage"]
    lab.create_function("g", lambda event, context: event)
    assert invoke(lab, "g", 1) == (None, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="what waits in C code hears no signal there")
def test_code_that_waits_is_ended_also_where_the_process_ignores_interrupts() -> None:
    # GIVEN a process in the background of a shell, whose interrupts are ignored
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Lab() as lab:
            lab.create_function("f", lambda event, context: SOCKETS[0].recv(1), watchdog_seconds=0.1)
            # WHEN a handler waits in C code for what never comes
            error, payload = invoke(lab)
        # THEN it is ended, and an interrupt is ignored still
        assert (error, payload["errorType"]) == ("Unhandled", "HandlerStuck")
        signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_handler_that_is_thrown_out_makes_no_further_call(lab: Lab) -> None:
    # GIVEN a handler that catches what ends it, and goes on to write
    table = lab.create_table("board", "id")

    def handler(event: Any, context: Any) -> None:
        with suppress(BaseException):
            loops(event, context)
        table.put_item(Item={"id": "late"})

    lab.create_function("f", handler, watchdog_seconds=0.1)
    assert invoke(lab)[1]["errorType"] == "HandlerStuck"
    assert table.scan()["Items"] == []


def test_the_readers_own_interrupt_is_not_the_watchdogs(lab: Lab) -> None:
    def handler(event: Any, context: Any) -> None:
        raise KeyboardInterrupt

    lab.create_function("f", handler, watchdog_seconds=0.1)
    with pytest.raises(KeyboardInterrupt):
        lab.client("lambda").invoke(FunctionName="f")


# ---- what it takes back, and whom it leaves alone ----------------------------------------------------


def waiting_watchdog(monkeypatch: pytest.MonkeyPatch) -> Watchdog:
    """One whose guard thread never starts: a test throws for it."""
    monkeypatch.setattr(threading.Thread, "start", lambda self: None)
    dog = Watchdog()
    dog.watch(LIMIT)
    monkeypatch.undo()
    return dog


def test_what_arrives_late_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a handler that ends at the very moment at which the watchdog throws; after it, traced code runs
    dog = waiting_watchdog(monkeypatch)
    assert dog.running is not None
    with traced():
        try:
            dog._throw(dog.running, "runs", 1)
            reason = dog.release()
        except HandlerStuck:
            reason = dog.release()
        # THEN nothing arrives after it was told, and functions that are traced start
        assert [abs(-number) for number in range(1000)] == list(range(1000))
    assert reason == "runs"
    assert dog.stuck is None


def test_nothing_is_thrown_at_what_runs_now_for_what_ran_before(monkeypatch: pytest.MonkeyPatch) -> None:
    dog = waiting_watchdog(monkeypatch)
    before = dog.running
    assert before is not None
    assert dog.release() is None
    dog._throw(before, "runs", 50)
    assert dog.stuck is None


def test_no_signal_is_sent_that_nobody_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a process in which an interrupt would end Python
    dog, sent = waiting_watchdog(monkeypatch), []
    stretch = dog.running
    assert stretch is not None
    monkeypatch.setattr(module, "_set_async_exc", lambda thread, error: 1)
    monkeypatch.setattr(signal, "pthread_kill", lambda thread, number: sent.append(number), raising=False)
    monkeypatch.setattr(signal, "getsignal", lambda number: signal.SIG_DFL)
    dog._throw(stretch, "waits", 5)
    assert sent == []
    # AND one in which it raises KeyboardInterrupt: with each fifth exception it is sent
    monkeypatch.setattr(signal, "getsignal", lambda number: signal.default_int_handler)
    for count in range(1, 11):
        dog._throw(stretch, "waits", count)
    assert sent == [signal.SIGINT] * 2


class FakeDebugger(pdb.Pdb):
    """A debugger made from Python's own, as those of editors and notebooks are."""

    def trace_dispatch(self, frame: Any, event: str, arg: Any) -> None:
        """Trace nothing: it asks nobody."""


def tracer_of_pydevd() -> Any:
    """A trace function as pydevd's: a plain one of its own module."""
    names: dict[str, Any] = {"__name__": "_pydevd_bundle.pydevd_trace_dispatch"}
    exec("def trace(frame, event, arg):\n    return None", names)
    return names["trace"]


@pytest.mark.parametrize("make", [lambda: FakeDebugger(readrc=False).trace_dispatch, tracer_of_pydevd])
def test_it_rests_while_a_debugger_traces(make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    before = sys.gettrace()
    sys.settrace(make())
    try:
        dog = waiting_watchdog(monkeypatch)
    finally:
        sys.settrace(before)
    assert dog._is_debugged()


def test_it_rests_while_the_reader_sits_at_a_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN code that a debugger has stopped, in frames of the debugger's own
    dog = waiting_watchdog(monkeypatch)
    assert not dog._is_debugged()
    prompt: dict[str, Any] = {"__name__": "pydevd", "ask": dog._is_debugged}
    exec("def wait():\n    return ask()", prompt)
    assert prompt["wait"]()


def test_a_tool_that_measures_is_no_debugger(monkeypatch: pytest.MonkeyPatch) -> None:
    with traced():
        dog = waiting_watchdog(monkeypatch)
    assert not dog._is_debugged()


def test_a_debugger_that_monitors_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Monitoring:
        DEBUGGER_ID = 0
        tool: str | None = None

        @classmethod
        def get_tool(cls, number: int) -> str | None:
            return cls.tool

    dog = waiting_watchdog(monkeypatch)
    monkeypatch.setattr(sys, "monitoring", Monitoring, raising=False)
    assert not dog._is_debugged()
    Monitoring.tool = "pydevd"
    assert dog._is_debugged()


def test_a_breakpoint_is_no_stuck_handler(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a handler in a debugger's frame, that goes on when the watchdog has looked at it a few times
    looked: list[bool] = []
    enough = threading.Event()
    is_debugged = Watchdog._is_debugged

    def look(dog: Watchdog) -> bool:
        looked.append(is_debugged(dog))
        if len(looked) == 3:
            enough.set()
        return looked[-1]

    monkeypatch.setattr(Watchdog, "_is_debugged", look)
    prompt: dict[str, Any] = {"__name__": "pdb", "enough": enough}
    exec("def ask():\n    while not enough.is_set():\n        pass\n    return 'continued'", prompt)
    lab.create_function("f", lambda event, context: prompt["ask"](), watchdog_seconds=0.05)
    assert invoke(lab) == (None, "continued")
    assert looked == [True, True, True]
