"""What an exercise consists of, and the texts that go with it."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.world import Run
from cdc_lab.classroom.exercises.writes import Write

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
        ``writes(rng)`` makes the data: other flights and other values for each seed.
    conditions : Conditions
    each_crash : bool
        Run once for each AWS call after which the environment can die.
    fits : callable
        ``fits(run)`` tells whether chance made what the scenario is about; if not, it is run again.
    """

    name: str
    says: str
    writes: Callable[[random.Random], Sequence[Write]]
    conditions: Conditions = field(default_factory=Conditions)
    each_crash: bool = False
    fits: Callable[[Run], bool] = lambda run: True


@dataclass(frozen=True)
class Exercise(Generic[Found]):
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
    """

    id: str
    scenarios: Sequence[Scenario]
    prepare: Callable[[Any], Callable[[], Found]]
    judge: Callable[[Run], list[Difference]]
    diagnose: Callable[[Run, Sequence[Difference], str], str]

    @property
    def texts(self) -> Texts:
        """What is said to the reader."""
        return _texts(self.id)


@dataclass(frozen=True)
class Misconception:
    """A plausible wrong belief: its name, what is so instead, and where the course treats it."""

    id: str
    title: str
    text: str
    lesson: str
    fact: str = ""


@dataclass(frozen=True)
class Texts:
    """Title, hints from slight to plain, what is discussed after the pass, and the misconceptions by id."""

    title: str
    solution: str
    hints: tuple[str, ...]
    discussion: str
    misconceptions: dict[str, Misconception]


@cache
def _texts(exercise_id: str) -> Texts:
    folder = Path(__file__).parent
    given = tomllib.loads((folder / f"{exercise_id}.toml").read_text("utf-8"))
    common = tomllib.loads((folder / "common.toml").read_text("utf-8"))
    entries = common["misconceptions"] | given["misconceptions"]
    return Texts(
        title=given["title"],
        solution=given["solution"],
        hints=tuple(given["hints"]),
        discussion=given["discussion"].strip(),
        misconceptions={name: Misconception(name, **entry) for name, entry in entries.items()},
    )
