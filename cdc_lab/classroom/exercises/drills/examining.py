"""Runs a drill's trials on an answer, one after the other, until one fails."""

from __future__ import annotations

import random
import zlib
from typing import Any

from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.drills.drill import Drill
from cdc_lab.classroom.exercises.drills.reading import is_blank
from cdc_lab.classroom.exercises.outcome import Failure, Verdict
from cdc_lab.classroom.exercises.run import Run


def examine_drill(drill: Drill, answer: Any, seed: int | None = None, only: str | None = None) -> Verdict:
    """Put an answer to the test, and return the verdict without showing it.

    Parameters
    ----------
    drill : Drill
    answer : object
        What the drill asks for.
    seed : int, optional
        Decides ids and data. By default it follows from the answer.
    only : str, optional
        Name of the one trial to run.

    Raises
    ------
    CheckError
        The answer is of another form.
    """
    if is_blank(answer):
        return Verdict(drill.id, "not attempted", (), None, seed or 0)
    read = drill.read(answer)
    seed = zlib.crc32(repr(read).encode()) if seed is None else seed
    passed: list[str] = []
    for trial in drill.scenarios:
        if only is not None and trial.name != only:
            continue
        found = tuple(trial.run(read, random.Random(f"{seed}:{trial.name}")))
        if found:
            nothing_ran = Run((), Conditions(), [], frozenset())
            story = tuple(drill.tell(read))
            failure = Failure(trial.name, nothing_ran, found, found[0].kind, story=story)
            return Verdict(drill.id, "wrong", tuple(passed), failure, seed)
        passed.append(trial.name)
    return Verdict(drill.id, "pass", tuple(passed), None, seed)
