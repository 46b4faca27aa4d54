"""What a cold start makes anew, in a copy of the handler and in place."""

from __future__ import annotations

import enum
import functools
import threading
from collections import defaultdict
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from cdc_lab.emulator.lambda_.environments import Memory

Handler = Callable[[Any, Any], Any]


class Counter:
    """A reader's class: state in an object, and state in the class."""

    total = 0

    def __init__(self) -> None:
        self.seen: list[int] = []

    def count(self, event: Any, context: Any) -> int:
        self.seen.append(1)
        return len(self.seen)


class Level(enum.IntEnum):
    LOW = 1


def _in_a_global() -> Handler:
    names: dict[str, Any] = {}
    exec("seen = []\ndef handler(event, context):\n    seen.append(1)\n    return len(seen)", names)
    handler: Handler = names["handler"]
    return handler


def _in_a_helpers_global() -> Handler:
    names: dict[str, Any] = {}
    text = (
        "n = 0\ndef count():\n    global n\n    n += 1\n    return n\n"
        "def handler(event, context):\n    return count()"
    )
    exec(text, names)
    handler: Handler = names["handler"]
    return handler


def _in_a_closure() -> Handler:
    seen: list[int] = []

    def handler(event: Any, context: Any) -> int:
        seen.append(1)
        return len(seen)

    return handler


def _in_a_counter_of_a_closure() -> Handler:
    count = 0

    def handler(event: Any, context: Any) -> int:
        nonlocal count
        count += 1
        return count

    return handler


def _in_a_default() -> Handler:
    def handler(event: Any, context: Any, seen: list[int] = []) -> int:  # noqa: B006 - that is the point
        seen.append(1)
        return len(seen)

    return handler


def _in_a_keyword_default() -> Handler:
    def handler(event: Any, context: Any, *, seen: list[int] = []) -> int:  # noqa: B006
        seen.append(1)
        return len(seen)

    return handler


def _in_a_partial() -> Handler:
    inner = _in_a_closure()

    def handler(call: Handler, event: Any, context: Any) -> Any:
        return call(event, context)

    return functools.partial(handler, inner)


def _in_a_method() -> Handler:
    return Counter().count


def _in_an_object() -> Handler:
    counter = Counter()
    return lambda event, context: counter.count(event, context)


def _in_a_cache() -> Handler:
    calls: list[int] = []

    @functools.cache
    def first() -> int:
        calls.append(1)
        return len(calls)

    @functools.lru_cache(maxsize=2)
    def second() -> list[int]:
        return []

    def handler(event: Any, context: Any) -> int:
        second().append(first())
        return len(second())

    return handler


def _in_a_decorator() -> Handler:
    inner = _in_a_closure()

    @functools.wraps(inner)
    def handler(event: Any, context: Any) -> Any:
        return inner(event, context)

    return handler


def _behind_a_table_of_functions() -> Handler:
    table = {"count": _in_a_closure()}
    return lambda event, context: table["count"](event, context)


def _beside_what_cannot_be_copied() -> Handler:
    kept: dict[str, Any] = defaultdict(list, lock=threading.Lock())

    def handler(event: Any, context: Any) -> int:
        with kept["lock"]:
            kept["seen"].append(1)
        return len(kept["seen"])

    return handler


REMEMBERING = [
    _in_a_global,
    _in_a_helpers_global,
    _in_a_closure,
    _in_a_counter_of_a_closure,
    _in_a_default,
    _in_a_keyword_default,
    _in_a_partial,
    _in_a_method,
    _in_an_object,
    _in_a_cache,
    _in_a_decorator,
    _behind_a_table_of_functions,
    _beside_what_cannot_be_copied,
]


@pytest.mark.parametrize("make", REMEMBERING)
def test_a_copy_starts_as_the_handler_was_deployed(make: Callable[[], Handler]) -> None:
    # GIVEN a handler that counts its invocations, deployed, and called three times since
    handler = make()
    memory = Memory(handler)
    memory.keep_copies()
    before = [handler(None, None) for _ in range(3)]
    assert before == [1, 2, 3]
    # WHEN two environments start, and their invocations take turns
    one, other = memory.copy_of(handler), memory.copy_of(handler)
    counts = [one(None, None), other(None, None), one(None, None), handler(None, None)]
    # THEN each has a memory of its own
    assert counts == [1, 1, 2, 4]


@pytest.mark.parametrize("make", REMEMBERING)
def test_in_place_memory_starts_afresh_and_comes_back(make: Callable[[], Handler]) -> None:
    # GIVEN a handler that has counted to 2; a cache is emptied by any start
    handler = make()
    for _ in range(2):
        handler(None, None)
    memory = Memory(handler)
    # WHEN two environments follow each other
    counts = []
    for _ in range(2):
        memory.start_afresh()
        counts.append([handler(None, None), handler(None, None)])
    memory.give_back()
    # THEN both started from there, and the notebook's memory is as it was
    is_cache = make is _in_a_cache
    assert counts == ([[1, 2], [1, 2]] if is_cache else [[3, 4], [3, 4]])
    assert handler(None, None) == (1 if is_cache else 3)


def test_class_attributes_start_afresh_in_place() -> None:
    # GIVEN a handler that counts in its class
    class Total:
        count = 0
        names: ClassVar[set[str]] = set()

    def handler(event: Any, context: Any) -> tuple[int, int]:
        Total.count += 1
        Total.names.add(str(event))
        return Total.count, len(Total.names)

    names, memory = Total.names, Memory(handler)
    for event in ("a", "b"):
        memory.start_afresh()
        assert handler(event, None) == (1, 1)
    memory.give_back()
    assert Total.count == 0
    assert Total.names is names


def test_an_enumeration_is_no_memory() -> None:
    memory = Memory(lambda event, context: Level.LOW)
    memory.start_afresh()
    memory.give_back()
    assert Level.LOW is Level(1)


def test_two_names_of_one_list_stay_two_names_of_one_list() -> None:
    names: dict[str, Any] = {}
    text = "a = b = []\ndef handler(event, context):\n    a.append(1)\n    return len(b)"
    exec(text, names)
    memory = Memory(names["handler"])
    assert memory.copy_of(names["handler"])(None, None) == 1
    memory.start_afresh()
    assert names["handler"](None, None) == 1


def test_what_is_no_memory_is_shared() -> None:
    client = SimpleNamespace(calls=0)

    def handler(event: Any, context: Any) -> Any:
        return client

    assert Memory(handler).copy_of(handler)(None, None) is client


def test_a_copy_uses_what_a_name_means_now() -> None:
    # GIVEN a helper that was mended after the deployment
    names: dict[str, Any] = {}
    exec("def helper():\n    return 1\ndef handler(event, context):\n    return helper()", names)
    memory = Memory(names["handler"])
    memory.keep_copies()
    exec("def helper():\n    return 2", names)
    assert memory.copy_of(names["handler"])(None, None) == 2


def test_functions_that_call_each_other_are_copied_once() -> None:
    names: dict[str, Any] = {}
    text = (
        "seen = []\ndef even(n):\n    seen.append(n)\n    return n == 0 or odd(n - 1)\n"
        "def odd(n):\n    return n != 0 and even(n - 1)\n"
        "def handler(event, context):\n    return even(event), len(seen)"
    )
    exec(text, names)
    memory = Memory(names["handler"])
    assert memory.copy_of(names["handler"])(4, None) == (True, 3)
    assert names["seen"] == []
