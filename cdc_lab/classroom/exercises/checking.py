"""Runs an exercise's scenarios on a handler, one after the other, until one fails."""

from __future__ import annotations

import inspect
import random
import types
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from cdc_lab.classroom.exercises.deploying import Deployment, functions_of
from cdc_lab.classroom.exercises.exercise import Exercise, Scenario
from cdc_lab.classroom.exercises.guard import Budget, TimeIsUp
from cdc_lab.classroom.exercises.outcome import Failure, Outcome, Verdict
from cdc_lab.classroom.exercises.shrinking import shrink
from cdc_lab.classroom.exercises.world import Run, World
from cdc_lab.classroom.exercises.writes import Write, makes_sense
from cdc_lab.classroom.output import ClassroomError

CPU_SECONDS = 4.5  # of the handler and the lab around it, in one check
SHRINK_UNTIL = 3.5  # processor seconds
INVOCATION_SECONDS = 3.0  # real ones
_MOST_CRASHES = 12
_MOST_DRAWS = 8


class CheckError(ClassroomError):
    """A check that was asked for in the wrong way."""


def examine(
    exercise: Exercise[Any], handler: Callable[..., Any], seed: int | None = None, only: str | None = None
) -> Verdict:
    """Put a handler to the test, and return the verdict without showing it.

    Parameters
    ----------
    exercise : Exercise
    handler : callable
        ``handler(event, context)``.
    seed : int, optional
        Decides the data. By default it follows from the handler's code, so that a handler that was changed
        meets other flights and values, and an unchanged one the same.
    only : str, optional
        Name of the one scenario to run.

    Raises
    ------
    CheckError
        `handler` cannot be a Lambda handler.
    """
    _check_handler(handler)
    if only is not None:
        chosen = [scenario for scenario in exercise.scenarios if scenario.name == only]
        exercise = replace(exercise, scenarios=chosen)
    check = _Check(exercise, handler, seed_of(handler) if seed is None else seed)
    try:
        with check.budget.guard:
            return check.run()
    except (TimeIsUp, KeyboardInterrupt):
        if not check.budget.guard.has_bitten:
            raise  # the reader's own interrupt
    return check.broken_off()


class _Check:
    """One check of one handler.

    Attributes
    ----------
    passed : list of str
        Names of the scenarios so far.
    """

    def __init__(self, exercise: Exercise[Any], handler: Callable[..., Any], seed: int) -> None:
        self._exercise = exercise
        self._handler = handler
        self._seed = seed
        self.budget = Budget(CPU_SECONDS, INVOCATION_SECONDS)
        self.passed: list[str] = []

    def run(self) -> Verdict:
        with Deployment(self._handler) as deployment:
            for scenario in self._exercise.scenarios:
                seed = zlib.crc32(f"{self._seed}:{scenario.name}".encode())
                world = World(deployment, seed, self._exercise.prepare, self.budget)
                try:
                    result = _Trial(self._exercise, scenario, world, self.budget).run(self._seed)
                finally:
                    world.close()
                if isinstance(result, Failure):
                    return self._verdict("wrong", result)
                if result.not_attempted:
                    return self._verdict("not attempted")
                self.passed.append(scenario.name)
        return self._verdict("pass")

    def broken_off(self) -> Verdict:
        """The verdict on a handler that had to be thrown out."""
        scenario = self._exercise.scenarios[len(self.passed)]
        writes = tuple(scenario.writes(random.Random(f"{self._seed}:{scenario.name}:data")))
        run = Run(writes, scenario.conditions, [], frozenset(), stuck=True)
        return self._verdict("wrong", Failure(scenario.name, run, (), self._exercise.diagnose(run, (), "")))

    def _verdict(self, outcome: Outcome, failure: Failure | None = None) -> Verdict:
        return Verdict(self._exercise.id, outcome, tuple(self.passed), failure, self._seed)


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
        shortest = shrink(writes, failure, self._again(failure), self._may_go_on)
        return replace(shortest, is_shortest=self._may_go_on())

    def _may_go_on(self) -> bool:
        return self._budget.used < SHRINK_UNTIL

    def _try(self, writes: Sequence[Write]) -> tuple[Run, Failure | None]:
        if not self._scenario.each_crash:
            return self._once(writes, None)
        for step in range(1, _MOST_CRASHES + 1):
            run, failure = self._once(writes, step)
            if failure is not None or not run.crashed:
                break
        return run, failure

    def _once(self, writes: Sequence[Write], crash_after: int | None) -> tuple[Run, Failure | None]:
        run = self._world.run(writes, replace(self._scenario.conditions, crash_after=crash_after))
        differences = [] if run.not_attempted else self._exercise.judge(run)
        if not differences and not run.stuck and not run.spent:
            return run, None
        name = self._scenario.name
        misconception = self._exercise.diagnose(run, differences, name)
        return run, Failure(name, run, tuple(differences), misconception)

    def _again(self, failure: Failure) -> Callable[[Sequence[Write]], Failure | None]:
        def run(fewer: Sequence[Write]) -> Failure | None:
            if not makes_sense(fewer):
                return None
            found = self._try(fewer)[1]
            same = found is not None and found.misconception == failure.misconception
            return found if same else None

        return run


def seed_of(handler: Callable[..., Any]) -> int:
    """A number that follows from the code of a handler and of its helpers."""
    digest = 0
    for function in functions_of(handler):
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


def _check_handler(handler: Any) -> None:
    if not callable(handler):
        raise CheckError(
            f"check needs the handler itself, not {type(handler).__name__}: "
            'write check("exercise_1", handler), without calling it.'
        )
    if inspect.iscoroutinefunction(handler):
        raise CheckError("the handler is async: Lambda's Python runtime calls plain functions. Write def.")
    try:
        inspect.signature(handler).bind(None, None)
    except TypeError:
        raise CheckError(
            f"{getattr(handler, '__name__', 'the handler')}{inspect.signature(handler)} cannot be called as "
            "handler(event, context): give it these two parameters."
        ) from None
    except ValueError:
        pass  # a builtin without a signature: the call will tell
