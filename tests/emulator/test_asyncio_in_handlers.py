"""asyncio in handlers: what waits there takes lab time, whatever loop runs around the lab."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from cdc_lab import Faults, Lab

Handler = Callable[[Any, Any], Any]


def invoke(lab: Lab, handler: Handler, timeout: float = 10, **options: Any) -> Any:
    """What a handler answers."""
    name = f"f{len(lab.client('lambda').list_functions()['Functions'])}"
    lab.create_function(name, handler, timeout=timeout, **options)
    return json.loads(lab.client("lambda").invoke(FunctionName=name, Payload=b"{}")["Payload"].read())


def millis_left(lab: Lab, work: Callable[[], Any], timeout: float = 10) -> tuple[Any, int]:
    """What work in a handler answers, and how many milliseconds it leaves."""

    def handler(event: Any, context: Any) -> Any:
        return work(), context.get_remaining_time_in_millis()

    answer, left = invoke(lab, handler, timeout)
    return answer, left


async def after(seconds: float, answer: Any = None) -> Any:
    await asyncio.sleep(seconds)
    return answer


# ---- lab time ----------------------------------------------------------------------------------


def test_sleeps_take_lab_time(lab: Lab) -> None:
    assert millis_left(lab, lambda: asyncio.run(after(1.5, "slept"))) == ("slept", 8_500)


def test_what_is_gathered_sleeps_side_by_side(lab: Lab) -> None:
    async def main() -> list[int]:
        return list(await asyncio.gather(after(2, 2), after(1, 1), after(3, 3)))

    assert millis_left(lab, lambda: asyncio.run(main())) == ([2, 1, 3], 7_000)


@pytest.mark.parametrize("limit", [asyncio.timeout, None])
def test_time_limits_end_in_lab_time(limit: Any, lab: Lab) -> None:
    async def main() -> str:
        try:
            if limit is None:
                await asyncio.wait_for(after(5), 1.25)
            else:
                async with limit(1.25):
                    await after(5)
        except TimeoutError:
            return "too late"
        return "in time"

    assert millis_left(lab, lambda: asyncio.run(main())) == ("too late", 8_750)


def test_timers_of_a_loop_that_the_handler_made(lab: Lab) -> None:
    def work() -> list[float]:
        loop, began = asyncio.new_event_loop(), time.monotonic()
        called: list[float] = []
        for seconds in (0.5, 2.0, 1.0):
            loop.call_later(seconds, lambda: called.append(round(time.monotonic() - began, 6)))
        loop.call_later(3, loop.stop)
        loop.run_forever()
        loop.close()
        return called

    assert millis_left(lab, work) == ([0.5, 1.0, 2.0], 7_000)


def test_tasks_come_in_the_order_in_which_they_were_given(lab: Lab) -> None:
    # GIVEN many tasks that end at the same moment, in an order that no address in memory decides
    async def main() -> list[Any]:
        began: list[int] = []

        async def one(number: int) -> int:
            began.append(number)
            return int(await after(1, number))

        ended = [await each for each in asyncio.as_completed([one(number) for number in range(20)])]
        done, _ = await asyncio.wait([asyncio.ensure_future(after(0, number)) for number in range(20)])
        return [began, ended, [task.result() for task in done]]

    (began, ended, done), _ = millis_left(lab, lambda: asyncio.run(main()))
    # THEN they begin in that order, and end in it
    assert began == ended == list(range(20))
    assert done == invoke(lab, lambda event, context: asyncio.run(main()))[2]


def test_code_that_asks_again_and_again_gets_what_it_waits_for(lab: Lab) -> None:
    async def main() -> None:
        task = asyncio.ensure_future(after(0.2))
        while not task.done():
            await asyncio.sleep(0)

    _, left = millis_left(lab, lambda: asyncio.run(main()))
    assert 9_700 < left <= 9_800


# ---- the function's timeout, and faults ---------------------------------------------------------


def test_the_functions_timeout_ends_it(lab: Lab) -> None:
    # GIVEN a handler that would write when its tasks are cancelled
    table = lab.create_table("board", "id")

    async def main() -> None:
        try:
            await asyncio.gather(*[after(5) for _ in range(3)])
        finally:
            table.put_item(Item={"id": "late"})

    answer = invoke(lab, lambda event, context: asyncio.run(main()), timeout=1)
    # THEN it was ended at its timeout, and wrote nothing any more
    assert "Task timed out after 1.00 seconds" in answer["errorMessage"]
    assert table.scan()["Items"] == []


def test_what_never_comes_ends_at_the_timeout(lab: Lab) -> None:
    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    answer = invoke(lab, lambda event, context: asyncio.run(main()), timeout=2)
    assert "Task timed out after 2.00 seconds" in answer["errorMessage"]


def test_a_crash_strikes_between_two_tasks(lab: Lab) -> None:
    # GIVEN tasks that write, and an environment that dies after the second write
    table = lab.create_table("board", "id")
    source = lab.create_table("source", "id")

    async def write(number: int) -> None:
        await asyncio.sleep(number)
        table.put_item(Item={"id": str(number)})

    async def main() -> None:
        await asyncio.gather(*[write(number) for number in range(4)])

    lab.attach(lambda event, context: asyncio.run(main()), "source", name="f", MaximumRetryAttempts=0)
    source.put_item(Item={"id": "1"})
    lab.run(faults=Faults(crash_after="dynamodb.PutItem"))
    # THEN nothing was written after it
    assert [item["id"] for item in table.scan()["Items"]] == ["0"]


# ---- loops around the lab -----------------------------------------------------------------------


def loops(work: Callable[[], Any]) -> Any:
    """Done in a coroutine, as in Jupyter and in an asynchronous test."""

    async def outside() -> Any:
        return work()

    return asyncio.run(outside())


def own_loop() -> str:
    return str(asyncio.get_event_loop_policy().new_event_loop().run_until_complete(after(1.5, "slept")))


def asked_for() -> str:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return str(asyncio.get_event_loop().run_until_complete(after(1.5, "slept")))
    finally:
        asyncio.set_event_loop(None)
        loop.close()


@pytest.mark.parametrize("work", [lambda: asyncio.run(after(1.5, "slept")), asked_for])
@pytest.mark.parametrize("around", [loops, lambda work: work()], ids=["in a loop", "without one"])
def test_a_loop_that_runs_around_the_lab_is_not_seen(work: Any, around: Any, lab: Lab) -> None:
    assert around(lambda: millis_left(lab, work)) == ("slept", 8_500)


def test_the_loop_around_the_lab_goes_on(lab: Lab) -> None:
    # GIVEN a loop with a task of its own, and a lab that is run in it
    async def outside() -> tuple[Any, bool, Any]:
        task = asyncio.ensure_future(asyncio.sleep(0, "mine"))
        left = millis_left(lab, lambda: asyncio.run(after(1)))
        hooks_work = [number async for number in numbers()] == [0, 1]
        return left, hooks_work, (await task, asyncio.get_running_loop().is_running())

    async def numbers() -> Any:
        for number in range(2):
            yield number
            await asyncio.sleep(0)

    assert asyncio.run(outside()) == ((None, 9_000), True, ("mine", True))


def test_handlers_that_run_side_by_side_have_loops_of_their_own(lab: Lab) -> None:
    # GIVEN two shards whose handlers sleep at the same time
    table = lab.create_table("source", "id", shards=2)
    spans: list[tuple[float, float]] = []

    async def main() -> None:
        began = time.time()
        await asyncio.sleep(1)
        spans.append((began, time.time()))

    lab.attach(lambda event, context: asyncio.run(main()), "source", name="f")
    for number in range(12):
        table.put_item(Item={"id": str(number)})
    lab.run()
    # THEN the runs overlap
    first, second = spans[:2]
    assert second[0] < first[1]


def test_a_lab_in_a_loop_is_interrupted_by_the_reader(lab: Lab) -> None:
    async def main() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        invoke(lab, lambda event, context: asyncio.run(main()))
    assert millis_left(lab, lambda: asyncio.run(after(1))) == (None, 9_000)


def test_timers_of_a_loop_outside_keep_their_order_while_a_handler_runs(lab: Lab) -> None:
    # GIVEN the loop of a thread beside the lab, such as a notebook kernel's, with timers of before the run
    loop = asyncio.new_event_loop()
    late, early = loop.call_at(2.0, print), loop.call_at(1.0, print)

    def handler(event: Any, context: Any) -> list[float]:
        # WHEN that loop sorts them, and one that it makes now, while a handler runs
        between = loop.call_at(1.5, print)
        assert early < late
        assert late >= between
        return [timer.when() for timer in sorted([late, between, early])]

    # THEN they are timers as ever: they compare by their times
    assert invoke(lab, handler) == [1.0, 1.5, 2.0]
    loop.close()
