"""A debugger that traces the process stops inside handlers, as it does in any other code of the user's."""

from __future__ import annotations

import bdb
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest

from cdc_lab import Lab
from cdc_lab.testing import Faults, run_handler

pytest_plugins = ["pytester"]

HANDLER = """\
import asyncio
from concurrent.futures import ThreadPoolExecutor

import boto3

totals = boto3.resource("dynamodb", region_name="us-east-1").Table("totals")

def handler(event, context):
    for record in event["Records"]:
        put(record)  # plain

def put(record):
    totals.put_item(Item={"id": record["eventID"]})  # put
    return record

def in_threads(event, context):
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(put, event["Records"]))

def in_asyncio(event, context):
    async def work(record):
        await asyncio.sleep(1)
        return put(record)
    async def all_of_them():
        await asyncio.gather(*map(work, event["Records"]))
    asyncio.run(all_of_them())
"""
PUT = next(number for number, line in enumerate(HANDLER.splitlines(), 1) if line.endswith("# put"))


class Attached(bdb.Bdb):
    """What an editor attaches: Python's own debugger, with a breakpoint, and nobody at its prompt."""

    def __init__(self, file: Path, line: int) -> None:
        super().__init__()
        self.stops: list[tuple[str, str]] = []
        assert self.set_break(str(file), line) is None

    def user_line(self, frame: FrameType) -> None:
        """It stopped: note where, and what the variables hold, and go on."""
        if self.break_here(frame):
            self.stops.append((frame.f_code.co_name, frame.f_locals["record"]["eventName"]))
        self.set_continue()


@pytest.fixture
def attached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Attached]]:
    """Attaches a debugger to the process, with a breakpoint where the handlers put."""
    file = tmp_path / "debugged_shop.py"
    file.write_text(HANDLER)
    monkeypatch.syspath_prepend(str(tmp_path))
    before = sys.gettrace(), threading.gettrace()

    def attach() -> Attached:
        debugger = Attached(file, PUT)
        debugger.reset()
        threading.settrace(debugger.trace_dispatch)
        sys.settrace(debugger.trace_dispatch)
        return debugger

    yield attach
    sys.settrace(before[0])
    threading.settrace(before[1])  # type: ignore[arg-type]
    bdb.Breakpoint.clearBreakpoints()


@pytest.mark.parametrize("handler", ["handler", "in_threads", "in_asyncio"])
def test_an_attached_debugger_stops_in_handlers(handler: str, attached: Callable[[], Attached]) -> None:
    with Lab() as lab:
        lab.create_table("totals", "id", stream_view_type=None)
        orders = lab.create_table("orders", "order_id")
        placed = [{"order_id": "a"}, {"order_id": "b"}]
        # GIVEN a debugger that was attached when the lab was open, and an environment that ends on the way
        crash = Faults(crash_after="dynamodb.PutItem")
        debugger = attached()
        run_handler(lab, f"debugged_shop.{handler}", orders, placed, faults=crash)
        # THEN it stopped at the breakpoint: in the environment that ended, and in the one that was made anew
        assert len(lab.trace.rows.invocations) == 2
        assert len(debugger.stops) >= 3
        assert set(debugger.stops) == {("put", "INSERT")}
        # AND it is still attached
        assert getattr(sys.gettrace(), "__self__", None) is debugger


def test_trace_of_pytest_reaches_a_breakpoint_in_a_handler(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a test under faults, and a watchdog that would end the handler at once
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makepyfile(
        shop=HANDLER,
        test_shop="""
        from cdc_lab.testing import Faults, run_handler, under_faults

        @under_faults(only=Faults(crash_after=1))
        def test_it(lab, faults):
            lab.create_table("totals", "id", stream_view_type=None)
            orders = lab.create_table("orders", "order_id")
            placed = [{"order_id": "a"}]
            run_handler(lab, "shop.handler", orders, placed, faults=faults, watchdog_seconds=0.02)
        """,
    )
    # WHEN the reader starts it with --trace, and stops in the handler twice: before and after the crash
    typed = f"b shop.py:{PUT}\nc\np 'first', record['eventName']\nc\np 'again', record['eventName']\nc\n"
    child = pytester.popen(
        [sys.executable, "-m", "pytest", "-q", "--trace"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    out, _ = child.communicate(typed.encode(), timeout=300)
    # THEN the prompt knows the handler's variables both times, and the test ends as it does without it
    assert b"('first', 'INSERT')" in out
    assert b"('again', 'INSERT')" in out
    assert b"1 passed" in out
