"""What a check can answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from cdc_lab.classroom.exercises.run import Run


MISSING: Any = object()
"""Stands for an answer where none was given."""
THE_ANSWER = "the answer"
"""What is not attempted where an answer is data, and none of it is there."""
Outcome = Literal["not attempted", "wrong", "pass"]


class NotAttempted(Exception):
    """What the stub of an exercise raises: replace the line by your own code."""


def is_placeholder(answer: object) -> bool:
    """Whether `NotAttempted` itself, or one that was made, stands where an answer belongs."""
    return answer is NotAttempted or isinstance(answer, NotAttempted)


class Difference(NamedTuple):
    """One thing that is not as it must be; `expected` and `got` are ready to be shown.

    `kind` is what a diagnosis goes by; `event_id` names the change, empty when it is none's.
    """

    kind: str
    what: str
    expected: str
    got: str
    event_id: str = ""
    expected_value: object = None
    got_value: object = None


@dataclass(frozen=True)
class Failure:
    """A scenario that went wrong: its shortest run, what differs there, and the misconception behind it.

    `is_shortest` is False when there was no time to look for a shorter one to the end. `story` stands for the
    run where the answer is data: what was handed in, line by line.
    """

    scenario: str
    run: Run
    differences: tuple[Difference, ...]
    misconception: str
    is_shortest: bool = True
    story: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The answer of a check.

    Attributes
    ----------
    exercise : str
    outcome : str
        ``not attempted``, ``wrong`` or ``pass``.
    passed : tuple of str
        Names of the scenarios that were passed, in their order.
    failure : Failure or None
        Of a wrong one.
    seed : int
        Every scenario's data follow from it.
    not_attempted : tuple of str
        The parts whose stubs were met; the scenarios with them were left out.
    """

    exercise: str
    outcome: Outcome
    passed: tuple[str, ...]
    failure: Failure | None
    seed: int
    not_attempted: tuple[str, ...] = ()
