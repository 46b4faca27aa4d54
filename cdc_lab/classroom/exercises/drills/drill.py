"""What a task consists of whose answer is data: parameters to be chosen, a case to be found, a deployment."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cdc_lab.classroom.exercises.drills.reading import is_blank
from cdc_lab.classroom.exercises.outcome import THE_ANSWER, Difference
from cdc_lab.classroom.exercises.task import Task

Differences = Iterable[Difference]


@dataclass(frozen=True)
class Trial:
    """One way of putting an answer to the test.

    Parameters
    ----------
    name : str
    says : str
        What happens in it, in one clause; shown to the reader.
    run : callable
        ``run(answer, rng)`` opens labs as it needs them and returns what is not as it must be. The kind of
        the first difference is the id of the misconception behind it.
    parts : tuple of str
        The parts of an answer that it needs: it is left out while one of them is blank. Empty for all.
    """

    name: str
    says: str
    run: Callable[[Any, random.Random], Differences]
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drill(Task):
    """A drill with its check, or an exercise whose answer is data.

    Parameters
    ----------
    id : str
    scenarios : sequence of Trial
        In the order in which they are tried: the simplest first.
    read : callable
        ``read(answer)`` makes of what was given what the trials take, or raises `CheckError` in one line.
    tell : callable
        ``tell(answer)`` says in lines what was given, above what came of it.
    blanks : callable
        ``blanks(answer)`` names what is not written yet.
    named : tuple of str
        The parts of an answer that is a mapping.
    """

    asks_for_data = True
    scenarios: Sequence[Trial]
    read: Callable[[Any], Any]
    tell: Callable[[Any], Sequence[str]]
    blanks: Callable[[Any], Sequence[str]] = lambda answer: [THE_ANSWER] if is_blank(answer) else []
    named: tuple[str, ...] = ()
