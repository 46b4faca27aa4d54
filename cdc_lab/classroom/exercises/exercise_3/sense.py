"""Which steps can follow each other, and what has been told of each flight after them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from cdc_lab.classroom.exercises.exercise_3.steps import (
    Append,
    Archive,
    Rebuild,
    Snapshot,
    Spoil,
    Stored,
    Together,
)
from cdc_lab.classroom.exercises.exercise_3.story import Happening
from cdc_lab.classroom.exercises.steps import Delivery


def makes_sense(steps: Sequence[Any]) -> bool:
    """Whether fewer steps still tell a story: old events go only when something has taken them in."""
    return not any(_comes_too_early(step, steps[:place]) for place, step in enumerate(steps))


def _comes_too_early(step: Any, before: Sequence[Any]) -> bool:
    known = _known(before)
    match step:
        case Append():
            return known[step.flight_id] < step.behind
        case Together():
            return known[step.flight_id] < 1
        case Spoil():
            return known[step.flight_id] < 1
        case Archive():
            return bool(_needed(before))
    return False


def _known(steps: Sequence[Any]) -> Counter[str]:
    known: Counter[str] = Counter()
    for step in steps:
        if isinstance(step, Stored):
            known[step.flight_id] += 1
        elif isinstance(step, Append) and not step.behind:
            known[step.flight_id] += len(step.happenings)
    return known


def _needed(steps: Sequence[Any]) -> set[str]:
    """The flights whose old events nothing has taken in yet, neither a snapshot nor the board."""
    needed: set[str] = set()
    for step in steps:
        if isinstance(step, Stored) and step.old:
            needed.add(step.flight_id)
        elif isinstance(step, Snapshot):
            needed.discard(step.flight_id)
        elif isinstance(step, Delivery):
            needed.clear()
    return needed


def history(steps: Sequence[Any]) -> dict[str, list[Happening]]:
    """What is known of each flight after these steps, in the order of the versions."""
    found: dict[str, list[Happening]] = {}
    for step in steps:
        if isinstance(step, Stored):
            found.setdefault(step.flight_id, []).append(step.happening)
        elif isinstance(step, Snapshot | Together) and step.late is not None:
            found.setdefault(step.flight_id, []).append(step.late.happening)
        elif isinstance(step, Rebuild):
            for stored in step.meanwhile:
                found.setdefault(stored.flight_id, []).append(stored.happening)
    return found
