"""Makes what fails smaller, as long as it still fails: faults of a run, or the writes of a story."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

Candidate = TypeVar("Candidate")
Entry = TypeVar("Entry")
Result = TypeVar("Result")

Candidates = Generator[Candidate, bool, None]
"""Yields what to try next, and is sent whether that still failed."""


def shrink(
    candidates: Candidates[Candidate],
    failing: Result,
    run: Callable[[Candidate], Result | None],
    may_go_on: Callable[[], bool] = lambda: True,
) -> Result:
    """Try one candidate after the other; each that still fails is what the next ones are made of.

    Parameters
    ----------
    candidates : generator
        Of smaller and smaller things, such as :func:`shorter`. It decides when nothing smaller is left.
    failing : Result
        How the thing itself failed.
    run : callable
        Tries a candidate: how it fails in the same way, None when it does not.
    may_go_on : callable
        Asked before each try.

    Returns
    -------
    Result
        How the last candidate failed that did.
    """
    candidate = next(candidates, None)
    while candidate is not None and may_go_on():
        found = run(candidate)
        if found is not None:
            failing = found
        try:
            candidate = candidates.send(found is not None)
        except StopIteration:
            break
    return failing


def shorter(entries: Sequence[Entry]) -> Candidates[list[Entry]]:
    """Drop entries, half of them at first and in the end one by one, while what is left still fails.

    When nothing more is yielded, no single entry of what failed last can be dropped.
    """
    left, size = list(entries), len(entries) // 2
    while size:
        # From the end: what a story begins with is what its reader needs.
        end = len(left)
        while end > 0 and len(left) > 1:
            start = max(0, end - size)
            fewer = left[:start] + left[end:]
            if fewer and (yield fewer):
                left = fewer
            end = start
        size //= 2
