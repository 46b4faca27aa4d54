"""Finds a shorter sequence of writes that still fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Entry = TypeVar("Entry")
Result = TypeVar("Result")


def shrink(
    entries: Sequence[Entry],
    failing: Result,
    run: Callable[[Sequence[Entry]], Result | None],
    may_go_on: Callable[[], bool],
) -> Result:
    """Drop entries, half of them at first and in the end one by one, while what is left still fails.

    Parameters
    ----------
    entries : sequence
    failing : Result
        How they failed.
    run : callable
        Tries fewer entries: how they fail in the same way, None when they do not.
    may_go_on : callable
        Asked before each try.

    Returns
    -------
    Result
        How the shortest sequence failed. No single entry of it can be dropped, unless time was up.
    """
    left, size = list(entries), len(entries) // 2
    while size:
        # From the end: what a story begins with is what its reader needs.
        end = len(left)
        while end > 0 and len(left) > 1:
            if not may_go_on():
                return failing
            start = max(0, end - size)
            fewer = left[:start] + left[end:]
            found = run(fewer) if fewer else None
            if found is not None:
                left, failing = fewer, found
            end = start
        size //= 2
    return failing
