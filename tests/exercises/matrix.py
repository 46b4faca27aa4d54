"""The kill matrix: which scenario catches which wrong answer.

``python -m tests.exercises.matrix --seeds 5`` prints it.

Exits with 1 when a wrong answer is not caught by the scenario meant for it; with ``--problems`` also when one
is taken for another, or when a right answer does not pass: on every seed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence

from cdc_lab.classroom.exercises import checking, find
from cdc_lab.classroom.exercises.checking import examine
from cdc_lab.tables import Table
from tests.exercises.loading import answer, load, names

CAUGHT, NOT_CAUGHT, MEANT = "x", ".", "X"


def kill_row(exercise_id: str, name: str, seeds: Sequence[int]) -> list[str]:
    """A wrong answer's row: for each scenario whether it catches it, on every seed; ``X`` the meant one."""
    exercise, mutant = find(exercise_id), load("mutants", exercise_id, name)
    wrong = answer("mutants", exercise_id, name)
    cells = []
    for scenario in exercise.scenarios:
        verdicts = [examine(exercise, wrong, seed, only=scenario.name) for seed in seeds]
        caught = sum(verdict.outcome == "wrong" for verdict in verdicts)
        sign = MEANT if scenario.name == mutant.SCENARIO else CAUGHT
        cells.append(NOT_CAUGHT if not caught else sign if caught == len(seeds) else f"{caught}/{len(seeds)}")
    return [name, mutant.MISCONCEPTION, *cells]


def problems(exercise_id: str, seeds: Sequence[int]) -> Iterator[str]:
    """What is wrong with the check itself."""
    exercise = find(exercise_id)
    for name in names("mutants", exercise_id):
        mutant, wrong = load("mutants", exercise_id, name), answer("mutants", exercise_id, name)
        for seed in seeds:
            meant = examine(exercise, wrong, seed, only=mutant.SCENARIO)
            if meant.outcome != "wrong":
                yield f"{name}, seed {seed}: {mutant.SCENARIO!r} does not catch it"
            whole = examine(exercise, wrong, seed)
            named = whole.failure.misconception if whole.failure else whole.outcome
            if named != mutant.MISCONCEPTION:
                yield f"{name}, seed {seed}: taken for {named!r}, not for {mutant.MISCONCEPTION!r}"
    for name in names("alternatives", exercise_id):
        for seed in seeds:
            verdict = examine(exercise, answer("alternatives", exercise_id, name), seed)
            if verdict.failure:
                failure = verdict.failure
                yield f"{name}, seed {seed}: {failure.scenario!r} fails it: {failure.misconception}"


def main() -> int:
    """Print the matrix, or only what is wrong with it; return the exit code."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    checking.SHRINK_UNTIL = 0.0  # a shorter sequence fails in the same way, and takes time to find
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exercise", default="exercise_1")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--problems", action="store_true", help="judge the verdicts as well, print no matrix")
    options = parser.parse_args()
    seeds = range(1, options.seeds + 1)
    if options.problems:
        found = list(problems(options.exercise, seeds))
        print("\n".join(found) or f"{options.exercise}: every wrong answer is caught, on {len(seeds)} seeds")
        return 1 if found else 0
    rows = [kill_row(options.exercise, name, seeds) for name in names("mutants", options.exercise)]
    scenarios = [scenario.name for scenario in find(options.exercise).scenarios]
    print(Table(["mutant", "misconception", *scenarios], rows, limit=len(rows)))
    return 0 if all(MEANT in row for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
