"""An answer to a drill that is data, at its trials."""

from __future__ import annotations

import random
import zlib
from collections.abc import Mapping
from typing import Any

from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.drills.drill import Drill, Trial
from cdc_lab.classroom.exercises.drills.reading import is_blank
from cdc_lab.classroom.exercises.outcome import Failure
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.unchanged import Fingerprint, fingerprint_of


class DataAttempt:
    """What was handed in for a drill.

    Parameters
    ----------
    drill : Drill
    answer : object
        What the drill asks for.
    seed : int, optional
        Decides ids and data. By default it follows from the answer.

    Raises
    ------
    CheckError
        The answer is of another form.
    """

    def __init__(self, drill: Drill, answer: Any, seed: int | None) -> None:
        self._drill = drill
        self._answer = answer
        self.not_attempted: list[str] = list(drill.blanks(answer))
        self._read = None if is_blank(answer) else drill.read(answer)
        self.seed = zlib.crc32(repr(self._read).encode()) if seed is None else seed

    def __enter__(self) -> DataAttempt:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def fingerprint(self, trial: Trial) -> Fingerprint | None:
        """What decides how it does there: the parts that the trial needs, or all of it."""
        given = self._answer
        parts = given if isinstance(given, Mapping) else {}
        return (
            fingerprint_of(*(parts[name] for name in trial.parts)) if trial.parts else fingerprint_of(given)
        )

    def at(self, trial: Trial) -> Failure | bool:
        """Put it to one trial."""
        if set(trial.parts or self.not_attempted).intersection(self.not_attempted):
            return False
        found = tuple(trial.run(self._read, random.Random(f"{self.seed}:{trial.name}")))
        if not found:
            return True
        nothing_ran = Run((), Conditions(), [], frozenset())
        story = tuple(self._drill.tell(self._read))
        return Failure(trial.name, nothing_ran, found, found[0].kind, story=story)
