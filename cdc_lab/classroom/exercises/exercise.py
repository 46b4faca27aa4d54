"""What an exercise consists of."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.steps import Ask, Consumer, Part, Source, Step
from cdc_lab.classroom.exercises.task import Task
from cdc_lab.classroom.exercises.writes import makes_sense
from cdc_lab.emulator.refusals import Refusal

Found = TypeVar("Found")


@dataclass(frozen=True)
class Scenario:
    """One way of putting a handler to the test.

    Parameters
    ----------
    name : str
    says : str
        What happens in it, in one clause; shown to the reader.
    writes : callable
        ``writes(rng)`` makes the data, mostly writes: other flights and other values for each seed.
    conditions : Conditions
    each_crash : bool
        Run once for each AWS call after which the environment can die.
    fits : callable
        ``fits(run)`` tells whether chance made what the scenario is about; if not, it is run again.
    parts : tuple of str
        The parts of the answer that it puts to the test: their mappings deliver, and it is left out while one
        of them is a stub. Empty for all.
    delivers : bool
        Whether the mappings deliver; without it the steps themselves call the parts.
    ask : callable, optional
        ``ask(stage, steps)`` calls functions of the answer when all was delivered, and returns what the judge
        finds as ``run.answers``.
    each_refusal : tuple of Refusal, or of several
        Run once for each of them and each call that it can strike, until a run makes no such call any more:
        the first call is refused, in the next run the second, and so on. Several strike one after the other.
    """

    name: str
    says: str
    writes: Callable[[random.Random], Sequence[Step]]
    conditions: Conditions = field(default_factory=Conditions)
    each_crash: bool = False
    fits: Callable[[Run], bool] = lambda run: True
    parts: tuple[str, ...] = ()
    delivers: bool = True
    ask: Ask | None = None
    each_refusal: tuple[Refusal | tuple[Refusal, ...], ...] = ()


@dataclass(frozen=True)
class Exercise(Task, Generic[Found]):
    """An exercise with its check.

    Parameters
    ----------
    id : str
    scenarios : sequence of Scenario
        In the order in which they are tried: the simplest first.
    prepare : callable
        ``prepare(lab)`` makes what the handler writes to; returns a function that reads and clears it.
    judge : callable
        ``judge(run)`` returns what is not as it must be.
    diagnose : callable
        ``diagnose(run, differences, scenario name)`` returns the id of the misconception.
    parts : sequence of Part
        The functions that make up an answer; by default one, the handler.
    sources, consumers : sequence of Source, of Consumer
        The tables whose changes are delivered, and the parts behind their streams.
    makes_sense : callable
        Whether fewer steps still tell a story that can happen: others are not tried when a failure is
        shortened.
    cpu_seconds : float
        What one check may take of the processor: twice what the slowest right answer takes.
    beside : callable
        ``beside()`` tells the processor seconds so far of other processes at work for it: the search engine.
    """

    scenarios: Sequence[Scenario]
    prepare: Callable[[Any], Callable[[], Found]]
    judge: Callable[[Run], list[Difference]]
    diagnose: Callable[[Run, Sequence[Difference], str], MisconceptionId]
    parts: Sequence[Part] = (Part(),)
    sources: Sequence[Source] = (Source(),)
    consumers: Sequence[Consumer] = (Consumer(),)
    makes_sense: Callable[[Sequence[Any]], bool] = makes_sense
    cpu_seconds: float = 4.5
    beside: Callable[[], float] = lambda: 0.0
