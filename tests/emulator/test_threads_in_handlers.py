"""Threads that handlers start: what waits takes lab time, and the seed decides who is first."""

from __future__ import annotations

import _thread
import asyncio
import io
import itertools
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, ThreadPoolExecutor, as_completed, wait
from contextlib import suppress
from datetime import timedelta
from typing import Any

import boto3
import pytest

from cdc_lab import Faults, Lab, Refusal
from cdc_lab.emulator.latencies import Latencies

Handler = Callable[[Any, Any], Any]


@pytest.fixture(autouse=True)
def threads_end() -> Iterator[None]:
    """Whatever handlers start has ended when their lab is closed."""
    before = set(threading.enumerate())
    yield
    left = {thread for thread in threading.enumerate() if thread.name != "cdc-lab-watchdog"} - before
    assert not left


def deploy(lab: Lab, handler: Handler, timeout: float = 10, **options: Any) -> Callable[[], Any]:
    """Create a function; return what invokes it."""
    name = f"f{len(lab.client('lambda').list_functions()['Functions'])}"
    lab.create_function(name, handler, timeout=timeout, **options)

    def invoke() -> Any:
        return json.loads(lab.client("lambda").invoke(FunctionName=name, Payload=b"{}")["Payload"].read())

    return invoke


def millis_left(lab: Lab, work: Callable[[], Any], timeout: float = 10) -> tuple[Any, int]:
    """What work in a handler answers, and how many milliseconds it leaves."""
    answer, left = deploy(
        lab, lambda event, context: (work(), context.get_remaining_time_in_millis()), timeout
    )()
    return answer, left


def logged(lab: Lab) -> list[str]:
    """The log lines of the first function."""
    events = lab.client("logs").filter_log_events(logGroupName="/aws/lambda/f0")["events"]
    return [event["message"] for event in events]


def start(*works: Callable[[], Any], **options: Any) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, **options) for work in works]
    for thread in threads:
        thread.start()
    return threads


def run(*works: Callable[[], Any]) -> None:
    for thread in start(*works):
        thread.join()


# ---- lab time ----------------------------------------------------------------------------------


def test_threads_sleep_side_by_side(lab: Lab) -> None:
    assert millis_left(lab, lambda: run(*[lambda: time.sleep(1.5)] * 3)) == (None, 8_500)


def test_pools_take_lab_time(lab: Lab) -> None:
    def work() -> list[Any]:
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda seconds: time.sleep(seconds) or seconds, [1.5, 1.5, 0.5, 0.5]))

    assert millis_left(lab, work) == ([1.5, 1.5, 0.5, 0.5], 8_000)


def test_waits_for_futures_end_in_lab_time(lab: Lab) -> None:
    def work() -> list[Any]:
        with ThreadPoolExecutor(3) as pool:
            futures = [pool.submit(time.sleep, seconds) for seconds in (3, 1, 2)]
            first = wait(futures, return_when=FIRST_COMPLETED)
            some = wait(futures, timeout=1.5, return_when=ALL_COMPLETED)
            with suppress(TimeoutError):
                futures[0].result(timeout=0.25)
            order = [futures.index(future) for future in as_completed(futures)]
        return [len(first.done), len(some.done), order]

    answer, left = millis_left(lab, work)
    assert (answer[:2], answer[2][-1], left) == ([1, 2], 0, 7_000)


def test_locks_events_conditions_queues_and_barriers_take_lab_time(lab: Lab) -> None:
    def work() -> list[Any]:
        lock, event, condition = threading.Lock(), threading.Event(), threading.Condition()
        items: queue.Queue[int] = queue.Queue(maxsize=1)
        barrier, found = threading.Barrier(2), []

        def holds() -> None:
            with lock:
                time.sleep(1)
            event.set()
            with condition:
                condition.notify_all()
            time.sleep(1)
            for number in range(3):
                items.put(number)
            barrier.wait()

        thread = start(holds)[0]
        began = time.monotonic()

        def at() -> float:
            return round(time.monotonic() - began, 6)

        time.sleep(0.5)
        found += [lock.acquire(timeout=0.25), at(), lock.acquire(blocking=False)]
        with condition:
            found += [condition.wait(5), at()]
        found += [event.wait(3), lock.acquire(timeout=1), at()]
        with suppress(queue.Empty):
            items.get(timeout=0.5)
        found.append(at())
        found += [items.get(timeout=5), at()]
        time.sleep(1)
        found += [items.get(), items.get(), at(), barrier.wait(1) in (0, 1)]
        thread.join()
        return found

    answer, left = millis_left(lab, work)
    assert answer == [False, 0.75, False, True, 1, True, True, 1, 1.5, 0, 2, 1, 2, 3, True]
    assert left == 7_000


def test_a_join_waits_no_longer_than_it_is_told(lab: Lab) -> None:
    def work() -> list[Any]:
        thread = start(lambda: time.sleep(2))[0]
        thread.join(0.5)
        before = thread.is_alive()
        thread.join()
        return [before, thread.is_alive()]

    assert millis_left(lab, work) == ([True, False], 8_000)


def test_coroutines_and_threads_wait_for_each_other(lab: Lab) -> None:
    table = lab.create_table("board", "id")

    async def main() -> list[Any]:
        loop = asyncio.get_running_loop()
        writes = [
            loop.run_in_executor(None, lambda n=n: table.put_item(Item={"id": str(n)})) for n in range(3)
        ]
        sleeps = asyncio.gather(*[asyncio.to_thread(time.sleep, 1) for _ in range(2)])
        await asyncio.gather(*writes, sleeps)
        later = await asyncio.to_thread(
            lambda: asyncio.run_coroutine_threadsafe(asyncio.sleep(0.5, "asked"), loop).result()
        )
        return [later, await asyncio.to_thread(asyncio.run, asyncio.sleep(0.25, "other loop"))]

    assert millis_left(lab, lambda: asyncio.run(main())) == (["asked", "other loop"], 8_250)
    assert len(table.scan()["Items"]) == 3


def test_a_timer_calls_in_lab_time(lab: Lab) -> None:
    def work() -> list[int]:
        called: list[int] = []
        timers = [threading.Timer(seconds, called.append, [seconds]) for seconds in (2, 1)]
        for timer in timers:
            timer.start()
        stopped = threading.Timer(1.5, called.append, [0])
        stopped.start()
        stopped.cancel()
        for timer in timers:
            timer.join()
        return called

    assert millis_left(lab, work) == ([1, 2], 8_000)


# ---- calls are steps ----------------------------------------------------------------------------


def counts(lab: Lab, guard: Any = None) -> tuple[int, list[int]]:
    """What a counter shows after each of 8 threads has read it and written one more, and who wrote when."""
    table, wrote = lab.resource("dynamodb").Table("counters"), []
    table.put_item(Item={"id": "all", "n": 0})

    def add(number: int) -> None:
        with guard or threading.Lock():
            found = table.get_item(Key={"id": "all"})["Item"]["n"]
            table.put_item(Item={"id": "all", "n": found + 1})
            wrote.append(number)

    def handler(event: Any, context: Any) -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(add, range(8)))

    deploy(lab, handler)()
    return int(table.get_item(Key={"id": "all"})["Item"]["n"]), wrote


def test_a_race_between_threads_shows_and_repeats() -> None:
    # GIVEN labs of several seeds, one of them twice
    found = []
    for seed in (1, 1, 2, 3, 4):
        with Lab(seed=seed) as lab:
            lab.create_table("counters", "id")
            found.append(counts(lab))
    # THEN updates are lost; the seed decides who is first
    assert all(n < 8 for n, _ in found)
    assert found[0] == found[1]
    assert len({tuple(wrote) for _, wrote in found}) == 4


MODULES_LOCK, MODULES_RLOCK = threading.Lock(), threading.RLock()


@pytest.mark.parametrize("make", [threading.Lock, threading.RLock, threading.Condition, threading.Semaphore])
def test_a_lock_ends_the_race_also_while_its_holder_waits(make: Callable[[], Any], lab: Lab) -> None:
    lab.create_table("counters", "id")
    guard: list[Any] = []

    def handler(event: Any, context: Any) -> int:
        guard.append(make())
        return 0

    deploy(lab, handler)()
    assert counts(lab, guard[0])[0] == 8


def test_a_lock_that_code_made_when_it_was_imported_is_waited_for_in_lab_time(lab: Lab) -> None:
    table = lab.create_table("counters", "id")

    def add(lock: Any) -> None:
        found = table.get_item(Key={"id": "all"})["Item"]["n"]
        table.put_item(Item={"id": "all", "n": found + 1})

    def handler(event: Any, context: Any) -> None:
        def one() -> None:
            with MODULES_LOCK, MODULES_RLOCK:
                add(None)

        run(*[one] * 4)

    table.put_item(Item={"id": "all", "n": 0})
    deploy(lab, handler)()
    assert table.get_item(Key={"id": "all"})["Item"]["n"] == 4


def test_calls_of_threads_have_latencies_and_stand_in_the_trace(lab: Lab) -> None:
    table = lab.create_table("board", "id")

    def work() -> None:
        run(*[lambda n=n: table.put_item(Item={"id": str(n)}) for n in range(4)])

    name = deploy(
        lab,
        lambda event, context: (work(), context.get_remaining_time_in_millis())[1],
        latencies=Latencies(call=0.5),
    )
    assert name() == 9_500
    calls = lab.trace.calls
    assert len(calls) == 4
    assert set(calls["took_ms"]) == {500}


def test_faults_strike_calls_of_threads(lab: Lab) -> None:
    table, source = lab.create_table("board", "id"), lab.create_table("source", "id")
    met: list[str] = []

    def write(number: int) -> None:
        try:
            table.put_item(Item={"id": str(number)})
        except Exception as error:
            met.append(type(error).__name__)

    def handler(event: Any, context: Any) -> None:
        run(*[lambda n=n: write(n) for n in range(3)])

    lab.attach(handler, "source", name="f")
    source.put_item(Item={"id": "1"})
    refuse = [Refusal("dynamodb", "PutItem", "ConditionalCheckFailedException", times=1)]
    lab.run(faults=Faults(refuse=refuse))
    assert met == ["ConditionalCheckFailedException"]
    assert len(table.scan()["Items"]) == 2


def test_a_crash_ends_the_threads_of_a_pool_whatever_waits_in_its_queue(lab: Lab) -> None:
    # GIVEN a pool with two threads and thirty things to do, which keeps what each of them raises
    table, source = lab.create_table("board", "id"), lab.create_table("source", "id")

    def handler(event: Any, context: Any) -> None:
        pool = ThreadPoolExecutor(2)
        works = [pool.submit(table.put_item, Item={"id": str(number)}) for number in range(30)]
        for work in as_completed(works):
            work.result()

    lab.attach(handler, "source", name="f", MaximumRetryAttempts=0)
    source.put_item(Item={"id": "1"})
    # WHEN the environment dies after the third call
    lab.run(faults=Faults(crash_after=3))
    # THEN nothing happens after it, and no thread is left, which `threads_end` sees
    assert len(table.scan()["Items"]) == 3


def test_a_crash_in_a_thread_ends_all(lab: Lab) -> None:
    # GIVEN four threads that write one after the other, and an environment that dies after the second write
    table, source = lab.create_table("board", "id"), lab.create_table("source", "id")

    def write(number: int) -> None:
        time.sleep(number)
        try:
            table.put_item(Item={"id": str(number)})
        finally:
            with suppress(BaseException):
                table.put_item(Item={"id": f"late {number}"})

    def handler(event: Any, context: Any) -> None:
        run(*[lambda n=n: write(n) for n in range(4)])

    lab.attach(handler, "source", name="f", MaximumRetryAttempts=0)
    source.put_item(Item={"id": "1"})
    lab.run(faults=Faults(crash_after=5))
    # THEN whatever the threads catch, nothing happens after it
    written = {item["id"] for item in table.scan()["Items"]}
    assert written == {"0", "late 0", "1"}


def test_a_policy_holds_for_threads(lab: Lab) -> None:
    table = lab.create_table("board", "id")
    met: list[str] = []

    def write() -> None:
        try:
            table.put_item(Item={"id": "1"})
        except Exception as error:
            met.append(str(error))

    nothing = {"Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
    deploy(lab, lambda event, context: run(write), policy=nothing)()
    assert len(met) == 1
    assert "AccessDeniedException" in met[0]


def test_boto3s_own_threads_upload_in_lab_time(lab: Lab) -> None:
    lab.client("s3").create_bucket(Bucket="bucket")

    def work() -> int:
        s3 = boto3.client("s3")
        s3.upload_fileobj(io.BytesIO(b"x" * 20_000_000), "bucket", "key")
        return int(s3.get_object(Bucket="bucket", Key="key")["ContentLength"])

    answer, left = millis_left(lab, work)
    assert answer == 20_000_000
    assert 9_900 < left < 9_990  # its three parts go side by side


def test_a_thread_invokes_another_function_that_starts_threads(lab: Lab) -> None:
    deploy(lab, lambda event, context: run(*[lambda: time.sleep(1)] * 2))
    answers: list[Any] = []

    def call() -> None:
        answer = boto3.client("lambda").invoke(FunctionName="f0", Payload=b"{}")
        answers.append(answer["StatusCode"])

    assert millis_left(lab, lambda: run(call, call))[1] == pytest.approx(9_000, abs=20)
    assert answers == [200, 200]


# ---- logs ---------------------------------------------------------------------------------------


def test_what_threads_print_and_raise_stands_in_the_log(
    lab: Lab, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)  # pytest puts its own there

    def fails() -> None:
        print("before")
        raise ValueError("in a thread")

    answer = deploy(lab, lambda event, context: run(fails) or "goes on")()
    lines = "\n".join(logged(lab))
    assert answer == "goes on"
    assert "before" in lines
    assert "ValueError: in a thread" in lines
    assert "cdc_lab" not in lines
    assert capsys.readouterr() == ("", "")


# ---- ends ---------------------------------------------------------------------------------------


def test_a_function_that_times_out_ends_its_threads(lab: Lab) -> None:
    table = lab.create_table("board", "id")
    ended: list[int] = []

    def works(number: int) -> None:
        try:
            time.sleep(50)
        finally:
            ended.append(number)
            table.put_item(Item={"id": "late"})

    def handler(event: Any, context: Any) -> None:
        start(*[lambda n=n: works(n) for n in range(3)])
        time.sleep(50)

    answer = deploy(lab, handler, timeout=2)()
    assert "Task timed out after 2.00 seconds" in answer["errorMessage"]
    assert ended == [0, 1, 2]
    assert table.scan()["Items"] == []


def test_what_nobody_releases_ends_at_the_timeout(lab: Lab) -> None:
    def deadlock() -> None:
        first, second = threading.Lock(), threading.Lock()

        def takes(one: Any, other: Any) -> None:
            with one:
                time.sleep(1)
                with other:
                    pass

        run(lambda: takes(first, second), lambda: takes(second, first))

    answer = deploy(lab, lambda event, context: deadlock(), timeout=3)()
    assert "Task timed out after 3.00 seconds" in answer["errorMessage"]


def test_a_thread_that_spins_is_thrown_out(lab: Lab) -> None:
    def spin() -> None:
        while True:
            with suppress(ValueError):
                pass

    answer = deploy(lab, lambda event, context: run(spin), watchdog_seconds=0.05)()
    assert answer["errorType"] == "HandlerStuck"
    assert deploy(lab, lambda event, context: "next")() == "next"


def test_a_thread_that_swallows_its_end_is_left(lab: Lab) -> None:
    table = lab.create_table("board", "id")

    def stubborn() -> None:
        for number in itertools.count():
            with suppress(BaseException):
                time.sleep(1)
                table.put_item(Item={"id": str(number)})

    answer = deploy(lab, lambda event, context: run(stubborn), timeout=3)()
    assert "Task timed out" in answer["errorMessage"]
    assert len(table.scan()["Items"]) <= 3
    for thread in threading.enumerate():  # it stands still for good; tests that follow need not know of it
        if getattr(thread, "_cdc_lab", None) is not None:
            threading._active.pop(thread.ident, None)  # type: ignore[attr-defined]


# ---- threads that outlive the invocation ---------------------------------------------------------


def test_a_thread_is_frozen_between_two_invocations_and_goes_on_in_the_next(lab: Lab) -> None:
    # GIVEN a thread that writes each second, and a handler that starts it once
    table = lab.create_table("board", "id")
    started: list[threading.Thread] = []

    def beats() -> None:
        for number in range(6):
            time.sleep(1)
            table.put_item(Item={"id": str(number)})
            print(f"beat {number}")

    def handler(event: Any, context: Any) -> int:
        if not started:
            started.extend(start(beats))
        time.sleep(1.5)
        return len(table.scan()["Items"])

    invoke = deploy(lab, handler)
    found = []
    for _ in range(3):
        found.append(invoke())
        lab.clock.advance(timedelta(minutes=1))
    # THEN it goes on only while an invocation runs; a sleep that is over ends as the next one begins
    assert found == [1, 3, 5]
    assert len(table.scan()["Items"]) == 5
    # and what it does then belongs to that invocation
    words = [line.split() for line in logged(lab) if line.startswith(("START", "beat"))]
    assert "".join(word[1] if word[0] == "beat" else "|" for word in words) == "|0|12|34"


def test_a_pool_of_the_module_serves_one_invocation_after_the_other(lab: Lab) -> None:
    names: list[str] = []

    def handler(event: Any, context: Any) -> int:
        for future in [
            POOL.submit(lambda: names.append(threading.current_thread().name) or time.sleep(1))
            for _ in range(4)
        ]:
            future.result()
        return int(context.get_remaining_time_in_millis())

    invoke = deploy(lab, handler)
    assert [invoke() for _ in range(3)] == [8_000] * 3
    assert len(set(names)) == 2  # on Lambda a warm environment keeps its threads


POOL = ThreadPoolExecutor(2, thread_name_prefix="of-the-module")


def test_a_pool_of_the_module_serves_invocations_that_run_side_by_side_and_after_crashes(lab: Lab) -> None:
    table, source = lab.create_table("board", "id"), lab.create_table("source", "id", shards=4)

    def write(key: str) -> None:
        time.sleep(0.5)
        table.update_item(
            Key={"id": key}, UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": 1}
        )

    def handler(event: Any, context: Any) -> None:
        keys = [record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]]
        for future in as_completed([POOL.submit(write, key) for key in keys]):
            future.result()

    lab.attach(handler, "source", name="f", BatchSize=3, timeout=20)
    for number in range(40):
        source.put_item(Item={"id": str(number)})
    lab.run(faults=Faults(seed=3, crash_after=(20, 40), lost_acks=0.1))
    assert {item["id"] for item in table.scan()["Items"]} == {str(number) for number in range(40)}


def test_a_cold_start_ends_what_is_frozen(lab: Lab) -> None:
    ran: list[int] = []

    def beats() -> None:
        while True:
            time.sleep(1)
            ran.append(1)

    def handler(event: Any, context: Any) -> int:
        start(beats)
        time.sleep(1.5)
        return threading.active_count()

    invoke = deploy(lab, handler, cold_starts=1.0)
    assert len({invoke() for _ in range(3)}) == 1


def test_the_reader_interrupts_a_thread_that_computes(lab: Lab) -> None:
    # GIVEN a thread that computes for long, and a reader who stops the cell meanwhile
    went_on: list[int] = []

    def computes() -> None:
        _thread.interrupt_main()
        while True:
            sum(range(1000))

    invoke = deploy(lab, lambda event, context: run(computes) or went_on.append(1), watchdog_seconds=60)
    # THEN the thread is ended, the cell stops, and the lab goes on
    with pytest.raises(KeyboardInterrupt):
        invoke()
    assert not went_on
    assert deploy(lab, lambda event, context: run(lambda: None) or "next")() == "next"


ENDS_WITH_THREADS = """
import threading, time
from concurrent.futures import ThreadPoolExecutor
from cdc_lab import Lab

lab = Lab(seed=1)
pool = ThreadPoolExecutor(1)

def handler(event, context):
    threading.Thread(target=time.sleep, args=[100]).start()
    ThreadPoolExecutor(1).submit(time.sleep, 100)
    pool.submit(time.sleep, 100)

lab.create_function("f", handler)
lab.client("lambda").invoke(FunctionName="f")
print(len([thread for thread in threading.enumerate() if hasattr(thread, "_cdc_lab")]))
"""


def test_the_interpreter_ends_while_threads_are_frozen() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDS_WITH_THREADS], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "3\n", "")


# ---- others are left alone ------------------------------------------------------------------------


def test_threads_outside_of_handlers_are_as_they_were(lab: Lab) -> None:
    # GIVEN a thread of the test's that waits while a handler starts threads
    asks, answers = queue.Queue[int](), queue.Queue[Any]()

    def outside() -> None:
        number = asks.get(timeout=60)
        lock = threading.Lock()
        with ThreadPoolExecutor(1) as pool:
            answers.put((pool.submit(lambda: number + 1).result(timeout=60), lock.acquire(timeout=60)))

    thread = start(outside)[0]
    assert millis_left(lab, lambda: run(*[lambda: time.sleep(1)] * 2)) == (None, 9_000)
    asks.put(1)
    assert answers.get(timeout=60) == (2, True)
    thread.join()
    # THEN nothing of the lab stays in the standard library
    assert type(threading.Lock()).__module__ == "_thread"
    assert time.monotonic() != 0
    assert type(queue.SimpleQueue()).__module__ == "_queue"
