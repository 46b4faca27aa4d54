"""Write the test: it fails for each wrong handler of a board, and for no right one."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from cdc_lab.classroom.exercises.answer import CheckError
from cdc_lab.classroom.exercises.checking import seed_of
from cdc_lab.classroom.exercises.deploying import Deployment
from cdc_lab.classroom.exercises.drills import boards
from cdc_lab.classroom.exercises.drills.asserting import told
from cdc_lab.classroom.exercises.drills.delivering import Make
from cdc_lab.classroom.exercises.drills.drill import Differences, Drill, Trial
from cdc_lab.classroom.exercises.drills.reading import is_blank, is_stub
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import THE_ANSWER, Difference
from cdc_lab.classroom.exercises.values import shown
from cdc_lab.emulator.faults import NO_FAULTS, Faults
from cdc_lab.lab import Lab

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
    (
        "a flight may move",
        "it leaves a cancelled flight at its first airport",
        boards.that_decides(boards.never_moved),
    ),
)
_UNDER_FAULTS: tuple[tuple[MisconceptionId, str, Make], ...] = (
    ("the faults stay outside", "it counts a batch that comes twice again", boards.without_marks),
    ("no crash in between", "it marks a record, and then counts it", boards.mark_first),
    ("no crash in between", "it counts a record, and then marks it", boards.effect_first),
)
_WEAK: MisconceptionId = "a weak comparison"
_CRASHES = 4  # calls after which the environment dies, in a run each


Counts = dict[str, int]
"""How many flights are cancelled at each airport that has any."""


class _End(NamedTuple):
    """How a test ended for a handler: what it raised, in one line, and what the board held then."""

    error: str
    counts: Counts


@dataclass(frozen=True)
class _Test:
    """A reader's test."""

    function: Callable[[Any, Any, Any], object]

    def __repr__(self) -> str:
        return f"{seed_of(self.function)}"  # other code meets other seeds, equal code the same

    def end(self, make: Make, rng: random.Random, faults: Faults = NO_FAULTS) -> _End:
        """Run it for a handler; the error is empty when it passes."""
        with (
            Deployment({"test": self.function}) as deployment,
            Lab(seed=rng.randrange(10**6)) as lab,
        ):
            deployment.move_to(lab)
            try:
                self.function(lab, make(), faults)
                error = ""
            except Exception as raised:
                error = told(raised)
            finally:
                deployment.leave()
            return _End(error, _counts(lab))

    def error(self, make: Make, rng: random.Random, faults: Faults = NO_FAULTS) -> str:
        """Return what it raises for a handler, in one line; empty when it passes."""
        return self.end(make, rng, faults).error

    def fails(self, make: Make, rng: random.Random, all_faults: Sequence[Faults]) -> bool:
        """Whether it raises under one of these faults."""
        return any(self.error(make, rng, faults) for faults in all_faults)


def _counts(lab: Lab) -> Counts:
    """What the board holds; nothing where the test made none."""
    try:
        rows = lab.resource("dynamodb").Table("board").scan()["Items"]
        return {str(row["origin"]): int(row["cancelled"]) for row in rows if row["cancelled"]}
    except (ClientError, KeyError):
        return {}


def right_ones(test: _Test, rng: random.Random) -> Differences:
    """It passes for handlers that keep the promise, each in its way."""
    for place, (name, make) in enumerate(_RIGHT):
        if error := test.error(make, rng):
            kind = "more than was promised" if place else "it fails for itself"
            yield Difference(kind, f"a right handler: {name}", "your test passes", error)
            return


def wrong_decisions(test: _Test, rng: random.Random) -> Differences:
    """It fails for each handler that counts something else."""
    right = test.end(_RIGHT[0][1], rng).counts
    for missed in _not_noticed(test, rng, _DECISIONS, [NO_FAULTS], "it asserts nothing"):
        make = next(make for _, name, make in _DECISIONS if missed.what == _called(name))
        counts = test.end(make, rng).counts
        # Its changes did show it, and in more than in the airport: what it compares is too little.
        if missed.kind != "it asserts nothing" and sum(counts.values()) != sum(right.values()):
            got = f"it passes, and the board is {shown(counts)}; a right handler's is {shown(right)}"
            missed = missed._replace(kind=_WEAK, got=got)
        yield missed


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
        yield Difference(kind, _called(name), "your test fails", "it passes")


def _called(name: str) -> str:
    return f"a wrong handler: {name}"


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
