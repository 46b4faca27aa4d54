"""ReceiveMessage with WaitTimeSeconds waits in lab time, in a cell and in a handler, and nothing hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cdc_lab.emulator.latencies import Latencies
from tests.emulator.queue_world import QueueWorld

Make = Callable[..., QueueWorld]


def poll(w: QueueWorld, seconds: int | None = None, **options: Any) -> list[str]:
    """Receive once; gives the bodies."""
    wait = {} if seconds is None else {"WaitTimeSeconds": seconds}
    answer = w.sqs.receive_message(QueueUrl=options.pop("url", w.url), **wait, **options)
    return [message["Body"] for message in answer.get("Messages", [])]


def seconds_of(w: QueueWorld, call: Callable[[], Any]) -> tuple[float, Any]:
    """How much lab time a call takes, and its answer."""
    before = w.lab.clock.time()
    answer = call()
    return round(w.lab.clock.time() - before, 3), answer


# -- in a cell ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [1, 20])
def test_an_empty_queue_answers_after_the_wait(queues: Make, seconds: int) -> None:
    w = queues()
    assert seconds_of(w, lambda: poll(w, seconds)) == (seconds, [])


def test_the_queue_s_own_wait_holds_where_the_call_names_none(queues: Make) -> None:
    w = queues(ReceiveMessageWaitTimeSeconds="7")
    assert seconds_of(w, lambda: poll(w)) == (7, [])
    assert seconds_of(w, lambda: poll(w, 0)) == (0, [])


def test_messages_that_are_there_come_at_once(queues: Make) -> None:
    w = queues()
    w.send("a")
    assert seconds_of(w, lambda: poll(w, 20)) == (0, ["a"])


def test_a_delayed_message_ends_the_wait(queues: Make) -> None:
    w = queues()
    w.send("a", DelaySeconds=3)
    assert seconds_of(w, lambda: poll(w, 20)) == (pytest.approx(3, abs=0.01), ["a"])


def test_a_message_that_becomes_visible_again_ends_the_wait(queues: Make) -> None:
    w = queues()
    w.send("a")
    assert poll(w, VisibilityTimeout=5) == ["a"]
    assert seconds_of(w, lambda: poll(w, 20)) == (pytest.approx(5, abs=0.01), ["a"])


def test_a_message_beyond_the_wait_does_not_come(queues: Make) -> None:
    w = queues()
    w.send("a", DelaySeconds=10)
    assert seconds_of(w, lambda: poll(w, 4)) == (4, [])


def test_mappings_deliver_meanwhile_and_a_message_of_their_handler_ends_the_wait(queues: Make) -> None:
    w = queues()
    results, _ = w.queue("results")

    def pass_on(bodies: list[str]) -> None:
        time.sleep(2)
        w.sqs.send_message(QueueUrl=results, MessageBody=bodies[0].upper())

    w.connect(pass_on)
    w.send("a")
    took, found = seconds_of(w, lambda: poll(w, 20, url=results))
    assert found == ["A"]
    assert 3 <= took < 4  # a second of Creating, two of the handler's sleep, and calls


def test_a_dead_letter_queue_is_drained_as_on_aws(queues: Make) -> None:
    w = queues(VisibilityTimeout="5")
    dead = w.redrive(1)

    def fail(bodies: list[str]) -> None:
        raise ValueError(bodies)

    w.connect(fail)
    w.send("a", "b")
    found: list[str] = []
    while bodies := poll(w, 20, url=dead, MaxNumberOfMessages=10):
        found += bodies
    assert sorted(found) == ["a", "b"]


def test_a_wait_that_sqs_does_not_have_is_refused_at_once(queues: Make) -> None:
    w = queues()
    with pytest.raises(ClientError, match="WaitTimeSeconds is invalid"):
        poll(w, 21)
    assert seconds_of(w, lambda: w.sqs.list_queues())[0] == 0


def test_a_queue_that_is_named_without_its_url_is_waited_for_in_lab_time_too(queues: Make) -> None:
    w = queues()
    assert seconds_of(w, lambda: poll(w, 20, url="orders")) == (20, [])


def test_a_message_from_another_handler_ends_the_wait_at_its_very_moment(queues: Make) -> None:
    w = queues()

    def late(event: Any, context: Any) -> None:
        time.sleep(2.037)
        w.send("a")

    w.lab.create_function("late", late, timeout=10)
    w.functions.invoke(FunctionName="late", InvocationType="Event")
    answer = w.sqs.receive_message(QueueUrl=w.url, WaitTimeSeconds=20, AttributeNames=["SentTimestamp"])
    sent = int(answer["Messages"][0]["Attributes"]["SentTimestamp"])
    assert sent == int(w.lab.clock.time() * 1000)


# -- in a handler ---------------------------------------------------------------------------------


def test_a_handler_waits_while_other_handlers_run(queues: Make) -> None:
    w = queues()
    answers, _ = w.queue("answers")
    seen: list[tuple[str, float, list[str]]] = []
    start = w.lab.clock.time()

    def asks(event: Any, context: Any) -> None:
        seen.append(("asks", round(time.time() - start, 1), []))
        found = poll(w, 20, url=answers)
        seen.append(("got", round(time.time() - start, 1), found))

    def answers_late(event: Any, context: Any) -> None:
        time.sleep(4)
        w.sqs.send_message(QueueUrl=answers, MessageBody="yes")

    for name, handler in (("asks", asks), ("answers", answers_late)):
        w.lab.create_function(name, handler, timeout=30)
        w.functions.invoke(FunctionName=name, InvocationType="Event")
    w.lab.run(until=timedelta(minutes=1))
    assert seen[0][0] == "asks"
    assert seen[1][::2] == ("got", ["yes"])
    assert 4 <= seen[1][1] - seen[0][1] < 5


def test_the_timeout_cuts_a_handler_that_waits(queues: Make) -> None:
    w = queues()
    after: list[str] = []

    def handler(event: Any, context: Any) -> None:
        after.append("before")
        poll(w, 20)
        after.append("after")

    w.lab.create_function("fn", handler, timeout=3)
    took, answer = seconds_of(w, lambda: w.functions.invoke(FunctionName="fn"))
    assert b"timed out after 3.00 seconds" in answer["Payload"].read()
    assert (took, after) == (3, ["before"])


def test_an_invoked_handler_is_woken_by_a_message_in_the_caller_s_time(queues: Make) -> None:
    w = queues()
    w.lab.create_function("inner", lambda event, context: poll(w, 20), timeout=30)

    def outer(event: Any, context: Any) -> Any:
        return w.functions.invoke(FunctionName="inner")["Payload"].read().decode()

    w.lab.create_function("outer", outer, timeout=30)
    w.send("a", DelaySeconds=6)
    took, answer = seconds_of(w, lambda: w.functions.invoke(FunctionName="outer"))
    assert "a" in answer["Payload"].read().decode()
    assert 6 <= took < 7


@pytest.mark.parametrize("latency", [0, 0.005])
def test_two_handlers_that_wait_for_one_blocked_group_wait_their_time(queues: Make, latency: float) -> None:
    # GIVEN two pollers of one FIFO queue whose group is in flight: each wakes the other when it looks
    w = queues(name="orders.fifo", VisibilityTimeout="600")
    w.send_to_group("g", "1", "2")
    assert poll(w) == ["1"]
    got: list[tuple[float, list[str]]] = []
    w.lab.create_function(
        "fn",
        lambda event, context: got.append(seconds_of(w, lambda: poll(w, 20))),
        timeout=60,
        latencies=Latencies(call=latency),
    )
    for _ in range(2):
        w.functions.invoke(FunctionName="fn", InvocationType="Event")
    w.lab.run(until=timedelta(minutes=1))
    assert [found for _, found in got] == [[], []]
    assert all(20 <= took < 20.1 for took, _ in got)


def test_in_a_thread_of_a_handler_a_poll_waits_as_the_handlers_own(queues: Make) -> None:
    w = queues()
    got: list[list[str]] = []

    def handler(event: Any, context: Any) -> None:
        thread = threading.Thread(target=lambda: got.append(poll(w, 20)))
        thread.start()
        thread.join()

    w.lab.create_function("fn", handler, timeout=60)
    took, _ = seconds_of(w, lambda: w.functions.invoke(FunctionName="fn"))
    assert got == [[]]
    assert 20 <= took < 20.1
