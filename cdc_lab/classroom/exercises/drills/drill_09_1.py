"""Write the test: it fails for each wrong handler of a board, and for no right one."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cdc_lab.classroom.exercises.answer import CheckError
from cdc_lab.classroom.exercises.checking import seed_of
from cdc_lab.classroom.exercises.deploying import Deployment
from cdc_lab.classroom.exercises.drills import boards
from cdc_lab.classroom.exercises.drills.delivering import Make
from cdc_lab.classroom.exercises.drills.drill import Differences, Drill, Trial
from cdc_lab.classroom.exercises.drills.reading import is_blank, is_stub
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import THE_ANSWER, Difference
from cdc_lab.emulator.faults import NO_FAULTS, Faults
from cdc_lab.lab import Lab
from cdc_lab.show.expect import summary

_ID = "drill_09_1"
_RIGHT: tuple[tuple[str, Make], ...] = (
    ("one transaction for each record", boards.in_a_transaction),
    ("it returns nothing, and its rows hold more", boards.that_raises),
    ("it counts anew, and deletes rows of 0", boards.that_counts_anew),
)
# What each wrong handler shows when a test does not notice it: the id of the misconception.
_DECISIONS: tuple[tuple[MisconceptionId, str, Make], ...] = (
    ("a flight may come back", "it never takes a flight back", boards.that_decides(boards.never_back)),
    ("a flight may be deleted", "it passes over deletes", boards.that_decides(boards.never_deleted)),
    ("a flight may be new", "it passes over new flights", boards.that_decides(boards.never_new)),
    (
        "a later change counts again",
        "it counts each change of a cancelled flight",
        boards.that_decides(boards.without_the_old_image),
    ),
    ("one airport is enough", "it counts all flights at EWR", boards.that_decides(boards.one_airport)),
)
_UNDER_FAULTS: tuple[tuple[MisconceptionId, str, Make], ...] = (
    ("the faults stay outside", "it counts a batch that comes twice again", boards.without_marks),
    ("no crash in between", "it marks a record, and then counts it", boards.mark_first),
    ("no crash in between", "it counts a record, and then marks it", boards.effect_first),
)
_CRASHES = 4  # calls after which the environment dies, in a run each


@dataclass(frozen=True)
class _Test:
    """A reader's test."""

    function: Callable[[Any, Any, Any], object]

    def __repr__(self) -> str:
        return f"{seed_of(self.function)}"  # other code meets other seeds, equal code the same

    def error(self, make: Make, rng: random.Random, faults: Faults = NO_FAULTS) -> str:
        """Return what it raises for a handler, in one line; empty when it passes."""
        with (
            Deployment({"test": self.function}) as deployment,
            Lab(seed=rng.randrange(10**6)) as lab,
        ):
            deployment.move_to(lab)
            try:
                self.function(lab, make(), faults)
            except Exception as error:
                return summary(error) or type(error).__name__
            finally:
                deployment.leave()
        return ""

    def fails(self, make: Make, rng: random.Random, all_faults: Sequence[Faults]) -> bool:
        """Whether it raises under one of these faults."""
        return any(self.error(make, rng, faults) for faults in all_faults)


def right_ones(test: _Test, rng: random.Random) -> Differences:
    """It passes for handlers that keep the promise, each in its way."""
    for place, (name, make) in enumerate(_RIGHT):
        if error := test.error(make, rng):
            kind = "more than was promised" if place else "it fails for itself"
            yield Difference(kind, f"a right handler: {name}", "your test passes", error)
            return


def wrong_decisions(test: _Test, rng: random.Random) -> Differences:
    """It fails for each handler that counts something else."""
    yield from _not_noticed(test, rng, _DECISIONS, [NO_FAULTS], "it asserts nothing")


def under_faults(test: _Test, rng: random.Random) -> Differences:
    """Batches come twice, and environments die."""
    seed = rng.randrange(10**6)
    all_faults = [
        Faults(seed=seed, duplicates=0.9),
        *(Faults(seed=seed, crash_after=number) for number in range(1, _CRASHES + 1)),
    ]
    yield from _not_noticed(test, rng, _UNDER_FAULTS, all_faults, "the faults stay outside")
    for name, make in _RIGHT:
        for faults in all_faults:
            if error := test.error(make, rng, faults):
                what = f"a right handler, under {faults!r}: {name}"
                yield Difference("a retry is no fault", what, "your test passes", error)
                return


def _not_noticed(
    test: _Test,
    rng: random.Random,
    wrong: Sequence[tuple[MisconceptionId, str, Make]],
    all_faults: Sequence[Faults],
    kind_of_all: MisconceptionId,
) -> Iterator[Difference]:
    """The wrong handlers for which it passes."""
    missed = [(kind, name) for kind, name, make in wrong if not test.fails(make, rng, all_faults)]
    for kind, name in missed:
        kind = kind_of_all if len(missed) == len(wrong) else kind
        yield Difference(kind, f"a wrong handler: {name}", "your test fails", "it passes")


def _blanks(answer: Any) -> list[str]:
    return [THE_ANSWER] if is_blank(answer) or is_stub(answer) else []


def _read(answer: Any) -> _Test:
    if not callable(answer):
        raise CheckError(f"{_ID} asks for your test itself, not {type(answer).__name__}: name it, uncalled.")
    try:
        inspect.signature(answer).bind(None, None, None)
    except TypeError:
        name = getattr(answer, "__name__", "your test")
        raise CheckError(
            f"{_ID}: {name}{inspect.signature(answer)} cannot be called as test_board(lab, handler, faults): "
            "give it these three parameters."
        ) from None
    return _Test(answer)


EXERCISE = Drill(
    _ID,
    [
        Trial("right ones", "three right handlers, each in its way", right_ones),
        Trial("wrong decisions", f"{len(_DECISIONS)} handlers that count something else", wrong_decisions),
        Trial(
            "under faults",
            f"{len(_UNDER_FAULTS)} handlers that go wrong when a batch comes twice or an environment dies",
            under_faults,
        ),
    ],
    read=_read,
    tell=lambda test: [f"Your test: {getattr(test.function, '__name__', 'a callable')}"],
    blanks=_blanks,
)
