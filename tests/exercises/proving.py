"""What must hold of the checks themselves, one wrong or right answer at a time."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cdc_lab.classroom.exercises import EXERCISES, NotAttempted, find
from cdc_lab.classroom.exercises.checking import examine
from cdc_lab.classroom.exercises.drills import DRILLS
from cdc_lab.classroom.exercises.drills.delivering import CannotHappen
from cdc_lab.classroom.exercises.drills.drill import Drill
from cdc_lab.classroom.exercises.steps import Part
from tests.exercises.cells import run, sources
from tests.exercises.loading import answer, load, names
from tests.tested_notebooks import NOTEBOOKS

ROOT = Path(__file__).resolve().parents[2]
ALL = (*EXERCISES, *DRILLS)
_ALTERNATIVE_SEEDS = 2  # of a right answer each takes the whole check; the solution has twenty


@dataclass(frozen=True)
class Proof:
    """What came of one answer, or of one notebook.

    Attributes
    ----------
    exercise, name : str
    misconception, meant : str
        Of a wrong answer: what it believes, and the scenario that should catch it.
    caught_by : tuple of str
        The scenarios that catch it, with the first seed.
    is_whole_row : bool
        Whether all scenarios were tried, or only the one that is meant.
    problems : tuple of str
        What does not hold.
    seconds : float
        Of the processor, that it took.
    """

    exercise: str
    name: str
    misconception: str = ""
    meant: str = ""
    caught_by: tuple[str, ...] = ()
    is_whole_row: bool = True
    problems: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Task:
    """One piece of work for one process: a mutant, an alternative, or the notebook of a solution."""

    kind: str
    exercise: str
    name: str
    seeds: tuple[int, ...]
    is_whole_row: bool

    def prove(self) -> Proof:
        """Do it; what breaks on the way is a problem, too."""
        start = time.process_time()
        try:
            proof = self._prove()
        except Exception as error:  # of the check, or of an answer that cannot even be read
            proof = Proof(self.exercise, self.name, problems=(f"{type(error).__name__}: {error}",))
        return replace(proof, seconds=time.process_time() - start)

    def _prove(self) -> Proof:
        if self.kind == "mutants":
            return prove_wrong(self.exercise, self.name, self.seeds, self.is_whole_row)
        if self.kind == "alternatives":
            return prove_right(self.exercise, self.name, self.seeds)
        return prove_notebook(self.name, self.seeds)


def tasks(only: str, seeds: int, solution_seeds: int, whole_rows: bool) -> list[Task]:
    """All that is to be proven of the exercises with `only` in their id; the longest pieces come first."""
    chosen = [exercise for exercise in ALL if only in exercise]
    solutions = dict.fromkeys(find(exercise).texts.solution for exercise in chosen)
    return [
        *(Task("notebook", "", name, _to(solution_seeds), whole_rows) for name in solutions),
        *(
            Task(kind, exercise, name, _to(most), whole_rows)
            for kind, most in (("alternatives", min(seeds, _ALTERNATIVE_SEEDS)), ("mutants", seeds))
            for exercise in chosen
            for name in names(kind, exercise)
        ),
    ]


def _to(last: int) -> tuple[int, ...]:
    return tuple(range(1, last + 1))


def prove_wrong(exercise_id: str, name: str, seeds: Sequence[int], is_whole_row: bool) -> Proof:
    """A wrong answer is caught with every seed, by the scenario meant for it, and its belief is named.

    The other scenarios are tried for a whole row only.
    """
    exercise, mutant = find(exercise_id), load("mutants", exercise_id, name)
    wrong = answer("mutants", exercise_id, name)
    problems = []
    for seed in seeds:
        verdict = examine(exercise, wrong, seed, only=mutant.scenario)
        if verdict.outcome != "wrong":
            problems.append(f"seed {seed}: {mutant.scenario!r} does not catch it: {verdict.outcome}")
    for seed in seeds[:1]:
        whole = examine(exercise, wrong, seed)
        named = whole.failure.misconception if whole.failure else whole.outcome
        if named != mutant.misconception:
            problems.append(f"seed {seed}: taken for {named!r}, not for {mutant.misconception!r}")
    tried = [one.name for one in exercise.scenarios] if is_whole_row else [mutant.scenario]
    caught_by = tuple(scenario for scenario in tried if _catches(exercise, scenario, wrong, seeds[0]))
    return Proof(
        exercise_id,
        name,
        mutant.misconception,
        mutant.scenario,
        caught_by,
        is_whole_row,
        tuple(problems),
    )


def _catches(exercise: Any, scenario: str, wrong: Any, seed: int) -> bool:
    try:
        return examine(exercise, wrong, seed, only=scenario).outcome == "wrong"
    except CannotHappen:
        return True  # a later trial of a drill, which such an answer never reaches


def prove_right(exercise_id: str, name: str, seeds: Sequence[int]) -> Proof:
    """A right answer passes with every seed."""
    exercise, right = find(exercise_id), answer("alternatives", exercise_id, name)
    problems = [_not("pass", exercise, right, seed) for seed in seeds]
    return Proof(exercise_id, name, problems=tuple(filter(None, problems)))


def prove_notebook(solution: str, seeds: Sequence[int]) -> Proof:
    """The answers in a solution's notebook pass with every seed; the learner's stubs are not attempted.

    A second answer to the same exercise, a variant, is examined with the first seed only. Of an answer in
    several parts the notebook checks what is there after each part: the last must pass, none may be wrong.
    """
    problems: list[str] = []
    seen: set[str] = set()

    def passes(exercise_id: str, given: Any, seed: int | None = None) -> None:
        if isinstance(given, Mapping) and _has_stubs(find(exercise_id), given):
            problems.append(_not("not attempted", find(exercise_id), given, seeds[0]))
            return
        chosen = seeds[:1] if exercise_id in seen else seeds
        seen.add(exercise_id)
        problems.extend(_not("pass", find(exercise_id), given, each) for each in chosen)

    def is_stub(exercise_id: str, given: Any, seed: int | None = None) -> None:
        problems.append(_not("not attempted", find(exercise_id), given, seeds[0]))

    run(sources(NOTEBOOKS / solution), passes)
    run(sources(NOTEBOOKS / solution, as_learner=True), is_stub)
    missing = [name for name in ALL if find(name).texts.solution == solution and name not in seen]
    problems += [f"{name} is not checked in it" for name in missing]
    return Proof("", solution, problems=tuple(filter(None, problems)))


def _has_stubs(exercise: Any, given: Mapping[str, Any]) -> bool:
    if isinstance(exercise, Drill):
        return bool(exercise.blanks(given))

    def is_stub(part: Part) -> bool:
        try:
            given[part.name](*part.parameters)
        except NotAttempted:
            return True
        except Exception:  # it is written: these are no arguments for it
            return False
        return False

    return any(is_stub(part) for part in getattr(exercise, "parts", ()) if part.name in given)


def _not(outcome: str, exercise: Any, given: Any, seed: int) -> str:
    verdict = examine(exercise, given, seed)
    failure = verdict.failure
    why = f" ({failure.scenario!r}: {failure.misconception})" if failure else ""
    return "" if verdict.outcome == outcome else f"{exercise.id}, seed {seed}: {verdict.outcome}{why}"
