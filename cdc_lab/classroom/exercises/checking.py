"""Runs an exercise's scenarios on an answer, one after the other, until one fails."""

from __future__ import annotations

import inspect
import random
import types
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from cdc_lab.classroom.exercises.answer import CheckError, answer_of
from cdc_lab.classroom.exercises.budget import Budget
from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.deploying import Deployment
from cdc_lab.classroom.exercises.diagnosis import of_the_end
from cdc_lab.classroom.exercises.drills.drill import Drill
from cdc_lab.classroom.exercises.drills.examining import DataAttempt
from cdc_lab.classroom.exercises.exercise import Exercise, Scenario
from cdc_lab.classroom.exercises.outcome import Failure, Outcome, Verdict
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.steps import Step
from cdc_lab.classroom.exercises.task import Attempt, Task
from cdc_lab.classroom.exercises.unchanged import Fingerprint, Passes, fingerprint_of
from cdc_lab.classroom.exercises.world import World
from cdc_lab.emulator.lambda_.reached import functions_of
from cdc_lab.emulator.refusals import Refusal
from cdc_lab.emulator.shrinking import shorter, shrink
from cdc_lab.testing.garbage import collect_much, rarely_collected

__all__ = ["CheckError", "examine", "seed_of"]

SHRINK_UNTIL = 3.5  # processor seconds
PATIENCE = 1.0  # how many times as long a check may take: more where a verdict must not depend on speed
_MOST_STEPS = 12  # of a story, at each of which something goes wrong in a run of its own
_MOST_DRAWS = 8


def examine(
    task: Task,
    answer: Any,
    seed: int | None = None,
    only: str | None = None,
    before: Passes | None = None,
) -> Verdict:
    """Put an answer to the test, and return the verdict without showing it.

    Parameters
    ----------
    task : Exercise or Drill
    answer : callable, mapping or object
        ``handler(event, context)``; where the exercise has several parts, the functions by name; what a
        drill asks for.
    seed : int, optional
        Decides the data. By default it follows from the answer, from its code where it is code: so one that
        was changed meets other flights and values, and an unchanged one the same.
    only : str, optional
        Name of the one scenario to run.
    before : Passes, optional
        What earlier checks have seen, where a scenario whose parts are as they were is not run again; it
        learns what is passed now.

    Raises
    ------
    CheckError
        The answer is of another form: a part is missing, or is no function that can be called as it will be.
        Or code has changed the task itself.
    """
    task.require_untouched()
    with rarely_collected(), _ATTEMPTS[type(task)](task, answer, seed) as attempt:
        verdict = _verdict(task, attempt, only, before)
    task.require_untouched()
    return verdict


def _verdict(task: Task, attempt: Attempt, only: str | None, before: Passes | None) -> Verdict:
    passed: list[str] = []
    judge = attempt.at if before is None else _of_what_changed(task, attempt, before)
    for scenario in task.scenarios:
        if only not in (None, scenario.name):
            continue
        collect_much()
        result = judge(scenario)
        if isinstance(result, Failure):
            return Verdict(
                task.id, "wrong", tuple(passed), result, attempt.seed, tuple(attempt.not_attempted)
            )
        passed += [scenario.name] if result else []
    outcome: Outcome = "not attempted" if attempt.not_attempted else "pass"
    return Verdict(task.id, outcome, tuple(passed), None, attempt.seed, tuple(attempt.not_attempted))


def _of_what_changed(task: Task, attempt: Attempt, before: Passes) -> Callable[[Any], Failure | bool]:
    """What judges a scenario unless it was passed with the same parts, and something else was changed."""
    now = {scenario.name: attempt.fingerprint(scenario) for scenario in task.scenarios}
    known = {name for name, fingerprint in now.items() if before.has(task.id, name, fingerprint)}
    if len(known) == len(now):
        known = set()  # nothing was changed: whoever asks again wants to see it again

    def judge(scenario: Any) -> Failure | bool:
        result = scenario.name in known or attempt.at(scenario)
        if result is True:
            before.note(task.id, scenario.name, now[scenario.name])
        return result

    return judge


class _FunctionsAttempt:
    """An answer that consists of functions, deployed for a check."""

    def __init__(self, exercise: Exercise[Any], answer: Any, seed: int | None) -> None:
        self._exercise = exercise
        self._functions = answer_of(exercise.id, exercise.parts, answer)
        self.seed = seed_of(*self._functions.values()) if seed is None else seed
        self._budget = Budget(exercise.cpu_seconds * PATIENCE, exercise.beside)
        self._deployment = Deployment(self._functions)
        self._fingerprints: dict[tuple[str, ...], Fingerprint | None] = {}
        self.not_attempted: list[str] = []

    def __enter__(self) -> _FunctionsAttempt:
        self._deployment.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._deployment.__exit__(*exception)

    def fingerprint(self, scenario: Scenario) -> Fingerprint | None:
        parts = scenario.parts or tuple(self._functions)
        if parts not in self._fingerprints:
            self._fingerprints[parts] = fingerprint_of(*(self._functions[part] for part in parts))
        return self._fingerprints[parts]

    def at(self, scenario: Scenario) -> Failure | bool:
        if set(scenario.parts or self._functions).intersection(self.not_attempted):
            return False
        seed = zlib.crc32(f"{self.seed}:{scenario.name}".encode())
        world = World(self._exercise, scenario, self._deployment, seed, self._budget)
        try:
            result = _Trial(self._exercise, scenario, world, self._budget).run(self.seed)
        finally:
            world.close()
        if isinstance(result, Failure):
            return result
        self.not_attempted += [result.not_attempted] if result.not_attempted else []
        return not result.not_attempted


_ATTEMPTS: dict[type[Task], Callable[[Any, Any, int | None], Attempt]] = {
    Exercise: _FunctionsAttempt,
    Drill: DataAttempt,
}


class _Trial:
    """One scenario, one world."""

    def __init__(self, exercise: Exercise[Any], scenario: Scenario, world: World, budget: Budget) -> None:
        self._exercise = exercise
        self._scenario = scenario
        self._world = world
        self._budget = budget

    def run(self, seed: int) -> Run | Failure:
        """Run it; when it fails, look for the shortest sequence that does."""
        writes = self._scenario.writes(random.Random(f"{seed}:{self._scenario.name}:data"))
        run, failure = self._try(writes)
        for _ in range(_MOST_DRAWS):
            if failure is not None or run.not_attempted or self._scenario.fits(run):
                break
            run, failure = self._try(writes)
        if failure is None:
            return run
        if run.stuck or run.spent:
            return failure
        shortest = shrink(shorter(writes), failure, self._again(failure), self._may_go_on)
        return replace(shortest, is_shortest=self._may_go_on())

    def _may_go_on(self) -> bool:
        return self._budget.used < SHRINK_UNTIL

    def _try(self, writes: Sequence[Step]) -> tuple[Run, Failure | None]:
        plain = self._scenario.conditions
        crashes = (lambda step: replace(plain, crash_after=step),) if self._scenario.each_crash else ()
        refusals = (partial(_refusing, plain, refusal) for refusal in self._scenario.each_refusal)
        kinds: list[Callable[[int], Conditions]] = [*crashes, *refusals]
        run, failure = self._once(writes, plain) if not kinds else self._each(writes, kinds.pop(0))
        for conditions in kinds:
            if failure is not None or run.not_attempted:
                break
            run, failure = self._each(writes, conditions)
        return run, failure

    def _each(
        self, writes: Sequence[Step], conditions: Callable[[int], Conditions]
    ) -> tuple[Run, Failure | None]:
        for step in range(1, _MOST_STEPS + 1):
            run, failure = self._once(writes, conditions(step))
            if failure is not None or not (run.crashed or run.refused):
                break
        return run, failure

    def _once(self, writes: Sequence[Step], conditions: Conditions) -> tuple[Run, Failure | None]:
        run = self._world.run(writes, conditions)
        differences = [] if run.not_attempted else self._exercise.judge(run)
        # Waits of boto3, whose call is refused, may take longer than the function has: Lambda calls it again.
        is_late = run.timed_out and not run.refused
        if not differences and not run.stuck and not run.spent and not is_late:
            return run, None
        name = self._scenario.name
        misconception = of_the_end(run) or self._exercise.diagnose(run, differences, name)
        return run, Failure(name, run, tuple(differences), misconception)

    def _again(self, failure: Failure) -> Callable[[Sequence[Step]], Failure | None]:
        def run(fewer: Sequence[Step]) -> Failure | None:
            if not self._exercise.makes_sense(fewer):
                return None
            found = self._try(fewer)[1]
            same = found is not None and found.misconception == failure.misconception
            return found if same else None

        return run


def _refusing(conditions: Conditions, refusal: Refusal | tuple[Refusal, ...], step: int) -> Conditions:
    several = refusal if isinstance(refusal, tuple) else (refusal,)
    return replace(conditions, refuse=tuple(replace(one, skip=one.skip + step - 1) for one in several))


def seed_of(*handlers: Callable[..., Any]) -> int:
    """A number that follows from the code of handlers and of their helpers."""
    digest = 0
    for function in functions_of(*handlers):
        try:
            text = inspect.getsource(function)
        except (OSError, TypeError):
            text = _code(function.__code__)  # its source is nowhere
        digest = zlib.crc32(text.encode(), digest)
    return digest


def _code(code: types.CodeType) -> str:
    constants = [
        _code(constant) if isinstance(constant, types.CodeType) else repr(constant)
        for constant in code.co_consts
        if not isinstance(constant, frozenset)  # its order changes with every start of Python
    ]
    return f"{code.co_names}{constants}"
