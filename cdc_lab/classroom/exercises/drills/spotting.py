"""Makes a drill of a handler that looks right: the reader finds the case in which it is not."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cdc_lab.classroom.cases import Case
from cdc_lab.classroom.exercises.drills.delivering import (
    CannotHappen,
    Delivered,
    Make,
    deliver,
    of_code,
)
from cdc_lab.classroom.exercises.drills.drill import Differences, Drill, Trial
from cdc_lab.classroom.exercises.drills.reading import case
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.texts import texts_of
from cdc_lab.classroom.exercises.values import shown
from cdc_lab.patterns import StreamRecord

State = Mapping[str, object]
"""What a handler left, under names that a reader understands."""
_LABS = 2
_STEPS = 8  # of a handler, after which a crash is tried again with a write less


@dataclass(frozen=True)
class Spot:
    """A handler with a fault that shows in few cases.

    Parameters
    ----------
    id : str
    right : callable or None
        Makes, inside a lab, a handler without the fault; the given one is in the drill's text. None where
        nothing that reads the stream could be right.
    prepare : callable
        ``prepare(lab)`` makes what the two write to; returns a function that reads their `State`.
    truth : callable
        ``truth(case, records)`` is the state that should be left.
    explain : callable
        ``explain(case, records)`` names the misconception of a case in which the given handler is right.
    takes_faults : bool
        Whether the case has faults and a batch size, beside the writes.
    options : mapping
        Further arguments of `deliver`.
    """

    id: str
    right: Make | None
    prepare: Callable[[Any], Callable[[], State]]
    truth: Callable[[Case, Sequence[StreamRecord]], State]
    explain: Callable[[Case, Sequence[StreamRecord]], MisconceptionId]
    takes_faults: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    def drill(self) -> Drill:
        """The drill with its check."""
        trials = [
            Trial("it goes wrong", "the given handler meets your case", self._goes_wrong),
            Trial("it is to blame", "a handler without the fault meets the same case", self._is_to_blame),
            Trial("every time", f"your case in {_LABS} other labs, with other ids", self._every_time),
            Trial("nothing to spare", "your case with one thing less", self._nothing_to_spare),
        ]
        return Drill(
            self.id,
            [trial for trial in trials if self.right is not None or trial.name != "it is to blame"],
            read=lambda answer: case(self.id, answer, self.takes_faults),
            tell=lambda answer: ["Your case:", *answer.lines()],
        )

    # -- runs -------------------------------------------------------------------------------------

    def given(self, found: Case, seed: int) -> Delivered:
        """Let the given handler have the case."""
        return self._deliver(of_code(texts_of(self.id).given), found, seed)

    def _deliver(self, make: Make, found: Case, seed: int) -> Delivered:
        return deliver(
            make,
            found.writes,
            seed=seed,
            prepare=self.prepare,
            faults=found.faults,
            **{"BatchSize": found.batch_size, **self.options},
        )

    def _fails(self, found: Case, seed: int) -> bool:
        try:
            came = self.given(found, seed)
        except CannotHappen:
            return False
        return bool(came.found != self.truth(found, came.records))

    # -- trials -----------------------------------------------------------------------------------

    def _goes_wrong(self, found: Case, rng: random.Random) -> Differences:
        try:
            came = self.given(found, rng.randrange(10**6))
            wanted = self.truth(found, came.records)
        except CannotHappen as error:
            yield Difference("cannot happen", "your case", "is accepted", str(error))
            return
        if came.found == wanted:
            name = self.explain(found, came.records)
            if not came.found:
                yield Difference(name, "what it left", "anything but nothing", "nothing, rightly")
            for what, value in came.found.items():
                yield Difference(name, what, f"anything but {shown(value)}", shown(value))

    def _is_to_blame(self, found: Case, rng: random.Random) -> Differences:
        assert self.right is not None
        try:
            came = self._deliver(self.right, found, rng.randrange(10**6))
        except CannotHappen as error:
            yield Difference("no handler's fault", "your case", "comes to an end", str(error))
            return
        yield from differences("no handler's fault", self.truth(found, came.records), came.found)

    def _every_time(self, found: Case, rng: random.Random) -> Differences:
        failed = sum(self._fails(found, rng.randrange(10**6)) for _ in range(_LABS))
        if failed < _LABS:
            yield Difference("by chance", "labs in which it goes wrong", f"{_LABS} of {_LABS}", str(failed))

    def _nothing_to_spare(self, found: Case, rng: random.Random) -> Differences:
        seed = rng.randrange(10**6)
        for place, write in enumerate(found.writes):
            if any(self._fails(fewer, seed) for fewer in _with_one_less(found, place)):
                what = f"without write {place + 1}, {write}"
                yield Difference("longer than needed", what, "the given handler is right", "still wrong")
                return
        if found.faults != (simpler := found.faults.shrink(self._with_faults(found, seed))):
            yield Difference("longer than needed", "the faults", repr(simpler), repr(found.faults))

    def _with_faults(self, found: Case, seed: int) -> Callable[[Any], bool]:
        return lambda faults: self._fails(Case(found.writes, faults, found.batch_size), seed)


def _with_one_less(found: Case, place: int) -> Iterator[Case]:
    """The case without one of its writes; the crash may come sooner then."""
    if len(found.writes) > 1:
        fewer = found.without(place)
        yield fewer
        step = found.faults.crash_after
        for sooner in range(1, min(step, _STEPS) if isinstance(step, int) else 0):
            yield replace(fewer, faults=replace(found.faults, crash_after=sooner))


def differences(kind: MisconceptionId, expected: State, got: State) -> Iterator[Difference]:
    """One difference for each name under which two states differ."""
    for name in dict.fromkeys([*expected, *got]):
        wanted, there = (shown(state[name]) if name in state else "(nothing)" for state in (expected, got))
        if (name in expected) != (name in got) or expected[name] != got[name]:
            yield Difference(kind, name, wanted, there)
