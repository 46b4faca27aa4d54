"""Tests that freeze time: lab time stays the lab's, and afterwards everything is as it was."""

from __future__ import annotations

import datetime as datetime_module
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, timedelta
from functools import partial
from types import ModuleType
from typing import Any

import pytest
import time_machine

from cdc_lab import Lab
from cdc_lab.emulator.lambda_ import watchdog
from cdc_lab.process_clock import Real
from tests.emulator import frozen

Freeze = Callable[..., Any]
FROZEN, LATER = "2001-02-03 04:05:06", "2002-02-03 04:05:06"
EPOCH = Real.datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC).timestamp()
START = Real.datetime(2013, 3, 8, 10, tzinfo=UTC).timestamp()


@pytest.fixture(params=["freezegun", "stand-in"])
def freeze(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Freeze:
    """``freeze_time`` of freezegun, where it is installed, and of a stand-in."""
    if request.param == "freezegun":
        # It looks at every attribute of every module. Powertools, where an earlier test loaded it, imports
        # more at such a look; that fails in frozen time, and time stays frozen.
        found = pytest.importorskip("freezegun").freeze_time
        return partial(found, ignore=["aws_lambda_powertools"])
    module = ModuleType("freezegun")
    module.api = frozen  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "freezegun", module)
    monkeypatch.setitem(sys.modules, "freezegun.api", frozen)
    return frozen.freeze_time


@pytest.fixture(autouse=True)
def _everything_is_as_before() -> Any:
    names = [(datetime_module, "datetime"), (time, "time"), (time, "monotonic"), (time, "sleep")]
    before = [getattr(module, name) for module, name in names]
    yield
    assert [getattr(module, name) for module, name in names] == before
    assert type(datetime_module.datetime.now()) is Real.datetime
    assert time.time() > 1.7e9  # the machine's own time, not the lab's


def ask_everything(lab: Lab) -> None:
    """Calls of services that the lab answers, and of those that moto answers."""
    table = lab.create_table("tab", "pk")
    table.put_item(Item={"pk": "1"})
    assert table.scan()["Count"] == 1
    sqs = lab.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="a")
    message = sqs.receive_message(QueueUrl=url, AttributeNames=["All"], WaitTimeSeconds=5)["Messages"][0]
    assert int(message["Attributes"]["SentTimestamp"]) / 1000 == lab.clock.time()


def test_calls_work_in_a_frozen_block(lab: Lab, freeze: Freeze) -> None:
    with freeze(FROZEN):
        ask_everything(lab)
        assert time.time() == EPOCH  # outside handlers the frozen time is the test's


def test_a_lab_opens_runs_and_closes_in_a_frozen_test(freeze: Freeze) -> None:
    with freeze(FROZEN), Lab(seed=7) as lab:
        ask_everything(lab)
        assert lab.clock.time() == START
        lab.run(until=timedelta(hours=1))
        assert lab.clock.time() == START + 3600
        assert time.time() == EPOCH


def test_a_lab_may_outlive_the_frozen_block(freeze: Freeze) -> None:
    with freeze(FROZEN):
        lab = Lab(seed=7)
    with lab:
        ask_everything(lab)


def test_in_handlers_lab_time_wins(lab: Lab, freeze: Freeze) -> None:
    seen: list[float] = []

    def handler(event: Any, context: Any) -> None:
        seen.append(time.time())
        seen.append(datetime_module.datetime.now(UTC).timestamp())
        time.sleep(2)
        seen.append(time.time())

    lab.create_function("fn", handler, timeout=10)
    with freeze(FROZEN, tz_offset=5):
        lab.client("lambda").invoke(FunctionName="fn")
        assert time.time() == EPOCH
        assert datetime_module.datetime.now().hour == 4 + 5
    assert seen == [START, START, START + 2]


def test_a_block_within_a_block_gets_its_own_time_back(lab: Lab, freeze: Freeze) -> None:
    with freeze(FROZEN):
        with freeze(LATER):
            lab.client("sqs").list_queues()
            assert datetime_module.datetime.now().year == 2002
        lab.client("sqs").list_queues()
        assert datetime_module.datetime.now().year == 2001


def test_a_handler_that_freezes_time_across_a_sleep_leaves_nothing_behind(lab: Lab, freeze: Freeze) -> None:
    seen: list[int] = []

    def handler(event: Any, context: Any) -> None:
        with freeze(FROZEN):
            seen.append(datetime_module.datetime.now().year)
            time.sleep(1)
            lab.client("sqs").list_queues()
        seen.append(datetime_module.datetime.now().year)

    lab.create_function("fn", handler, timeout=10)
    client = lab.client("lambda")
    assert client.invoke(FunctionName="fn").get("FunctionError") is None
    assert seen == [2001, 2013]


def test_what_the_lab_shows_is_of_the_ordinary_class(lab: Lab, freeze: Freeze) -> None:
    with freeze(FROZEN):
        created = lab.create_table("tab", "pk").creation_date_time
        assert type(lab.clock.now()) is Real.datetime
    assert repr(created).startswith("datetime.datetime(2013, 3, 8")


def test_the_watchdog_counts_real_time(lab: Lab, freeze: Freeze) -> None:
    def handler(event: Any, context: Any) -> None:
        threading.Event().wait()

    lab.create_function("fn", handler, watchdog_seconds=0.02)
    with freeze(FROZEN):
        assert watchdog.Real.perf_counter() != watchdog.Real.perf_counter()
        answer = lab.client("lambda").invoke(FunctionName="fn")
    assert answer["FunctionError"] == "Unhandled"


def test_threads_change_the_clock_and_give_it_back(lab: Lab, freeze: Freeze) -> None:
    with freeze(FROZEN):
        first, second = lab.clock.travel(), lab.clock.travel()
        first.stop()  # not the last one: another thread's
        assert time.time() == START
        second.stop()
        assert time.time() == EPOCH


def test_calls_work_while_a_test_travels_with_time_machine(lab: Lab) -> None:
    with time_machine.travel(EPOCH, tick=False):
        ask_everything(lab)
        assert time.time() == EPOCH
        lab.run()
        assert time.time() == EPOCH
