"""What drills share in which parameters are chosen: they are set, a workload runs, and numbers are read."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cdc_lab.classroom.exercises.drills.delivering import CannotHappen
from cdc_lab.classroom.exercises.drills.drill import Differences, Drill, Trial
from cdc_lab.classroom.exercises.drills.reading import parameters
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.values import shown

Chosen = dict[str, Any]
Workload = Callable[[Chosen, random.Random], Differences]


def choose(drill_id: str, names: Sequence[str], workloads: Sequence[tuple[str, str, Workload]]) -> Drill:
    """Make a drill in which parameters are chosen.

    Parameters
    ----------
    drill_id : str
    names : sequence of str
        The parameters that may be chosen; what is left out has AWS's default.
    workloads : sequence of (name, what happens, run)
        ``run(chosen, rng)`` runs the lab with the parameters and returns which requirements it missed, in
        numbers from that run.
    """
    return Drill(
        drill_id,
        [Trial(name, says, _unless_refused(run)) for name, says, run in workloads],
        read=lambda answer: parameters(drill_id, answer, names),
        tell=told,
    )


def told(chosen: Mapping[str, Any]) -> list[str]:
    """The parameters, a line for each."""
    lines = [f"  {name} = {shown(value, 90)}" for name, value in chosen.items()]
    return ["You chose:", *(lines or ["  nothing: AWS's defaults"])]


def at_most(kind: MisconceptionId, what: str, limit: float, got: float, unit: str) -> Differences:
    """A difference when a number is above its limit."""
    if got > limit:
        yield Difference(kind, what, f"at most {limit:g} {unit}", f"{got:.4g} {unit}")


def _unless_refused(run: Workload) -> Workload:
    def trial(chosen: Chosen, rng: random.Random) -> Differences:
        try:
            yield from run(chosen, rng)
        except CannotHappen as error:
            yield Difference("cannot happen", "what you chose", "is accepted", str(error))

    return trial
