"""The kill matrix: which scenario catches which wrong answer; and the proof that the checks are right.

``python -m tests.exercises.matrix`` (``make mutants``) proves that every wrong answer is caught by the
scenario meant for it, and its belief named; that alternatives and solutions pass; that stubs are not
attempted. It prints the matrix, and writes it to ``kill_matrix.md`` here and to ``build/mutants.html``.
``--required`` proves the same, and leaves the rest of the matrix and the pages alone; CI runs that on a
sample of the wrong answers. With ``--page`` it writes the pages, too: what was not tried is ``?``. With
``--new`` only wrong answers are proven that have no row, or one of ``?`` alone; the other rows stay as they
were, with ``?`` for scenarios that are new. Exits with 1 when something does not hold.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from cdc_lab.classroom.exercises import checking, find, world
from cdc_lab.course.grading.process import PATIENT
from cdc_lab.show.tables import Table, counted
from tests.exercises.loading import load, names
from tests.exercises.proving import ALL, ROOT, Proof, Task, tasks

PAGE = Path(__file__).with_name("kill_matrix.md")
BY_MACHINE = " by machine"  # ends the heading of a section that mutating.py makes
CAUGHT, NOT_CAUGHT, MEANT, NOT_TRIED = "x", ".", "X", "?"
_HEAD = """# The kill matrix

Wrong answers, each for a belief, and the scenarios of each check: `X` is the scenario meant to catch it, and
does; `x` catches it too; `.` does not; `?` was not tried when the row was made. Made by `make mutants`, which
also proves that right answers pass.
"""


Marks = Mapping[str, Mapping[str, str]]
"""What became of each wrong answer, by its name, in each scenario, by its name."""


def matrix(exercise_id: str, proofs: Sequence[Proof], before: Marks | None = None) -> Table:
    """The table of one exercise: a row for each wrong answer, a column for each scenario, by number.

    Parameters
    ----------
    exercise_id : str
    proofs : sequence of Proof
    before : mapping, optional
        The marks of wrong answers that were proven before, and are not now.
    """
    scenarios = [scenario.name for scenario in find(exercise_id).scenarios]
    rows = [
        [proof.name, proof.misconception, *(_sign(proof, scenario) for scenario in scenarios)]
        for proof in proofs
        if proof.exercise == exercise_id and proof.meant
    ]
    for name in (before or {}).keys() - {row[0] for row in rows}:
        marks = [(before or {})[name].get(scenario, NOT_TRIED) for scenario in scenarios]
        rows.append([name, load("mutants", exercise_id, name).misconception, *marks])
    rows.sort(key=lambda row: row[0])
    numbers = [str(number) for number in range(1, len(scenarios) + 1)]
    return Table(["mutant", "misconception", *numbers], rows, _caption(exercise_id), limit=len(rows))


def _sign(proof: Proof, scenario: str) -> str:
    if scenario not in proof.caught_by:
        return NOT_CAUGHT if proof.is_whole_row or scenario == proof.meant else NOT_TRIED
    return MEANT if scenario == proof.meant else CAUGHT


def marks_in(page: str, exercise_id: str) -> dict[str, dict[str, str]]:
    """The marks that a page has, of wrong answers that were proven and are meant for the same as then."""
    section = f"\n{page}".partition(f"\n## {exercise_id}\n")[2].partition("\n## ")[0]
    caption = next((line for line in section.splitlines() if ": 1 " in line), ": 1 ")
    scenarios = re.split(r", \d+ ", caption[caption.index(": 1 ") + 4 :].removesuffix("."))
    found = {}
    for line in section.splitlines():
        name, belief, *marks = line.strip("| ").split(" | ") if line.startswith("| ") else ["", ""]
        if name not in names("mutants", exercise_id):
            continue
        mutant, by_scenario = load("mutants", exercise_id, name), dict(zip(scenarios, marks, strict=True))
        if belief == mutant.misconception and by_scenario.get(mutant.scenario) == MEANT:
            found[name] = by_scenario
    return found


def _caption(exercise_id: str) -> str:
    exercise = find(exercise_id)
    scenarios = ", ".join(f"{n} {scenario.name}" for n, scenario in enumerate(exercise.scenarios, start=1))
    return f"{exercise_id}, {exercise.texts.title}: {scenarios}."


def page(tables: Sequence[Table], before: str = "") -> str:
    """The matrices as Markdown; those that were not made now are taken from the page as it was before."""
    kept = {section.partition("\n")[0]: f"## {section}".rstrip() for section in before.split("\n## ")[1:]}
    made = {table.caption.partition(", ")[0]: _markdown(table) for table in tables}
    headings = [name for exercise in ALL for name in (exercise, exercise + BY_MACHINE)]
    sections = [made.get(name) or kept.get(name, "") for name in headings]
    return "\n\n".join([_HEAD.rstrip(), *filter(None, sections)]) + "\n"


def _markdown(table: Table) -> str:
    name, _, rest = table.caption.partition(", ")
    lines = [f"## {name}", "", rest, "", _row(table.columns), _row(["---"] * len(table.columns))]
    return "\n".join([*lines, *(_row(str(cell).replace("|", "\\|") for cell in row) for row in table.rows)])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def html(tables: Sequence[Table]) -> str:
    """The matrices as a page."""
    body = "".join(table._repr_html_() for table in tables)
    style = "body{font:14px sans-serif;margin:2em} td,th{padding:2px 8px} caption{text-align:left}"
    return f'<!DOCTYPE html><meta charset="utf-8"><title>Kill matrix</title><style>{style}</style>{body}'


def sampled(todo: Sequence[Task], most: int | None) -> list[Task]:
    """What is to be proven, with at most so many of the wrong answers: others with another test seed."""
    wrong = [task for task in todo if task.kind == "mutants"]
    if most is None or most >= len(wrong):
        return list(todo)
    chosen = set(random.Random(int(os.environ.get("CDC_LAB_TEST_SEED", "2013"))).sample(wrong, most))
    return [task for task in todo if task.kind != "mutants" or task in chosen]


def prove(todo: Sequence[Task], jobs: int) -> list[Proof]:
    """Do all the work, in processes of their own."""
    return list(in_processes(Task.prove, todo, jobs))


def in_processes(work: Callable[[Any], Any], todo: Sequence[Any], jobs: int) -> Iterator[Any]:
    """Do a piece of work for each, in processes of their own; how far it is goes to standard error."""
    done, start = 0, time.perf_counter()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin) as pool:
        for future in as_completed([pool.submit(work, each) for each in todo]):
            yield future.result()
            done += 1
            if done % 20 == 0 or done == len(todo):
                seconds = time.perf_counter() - start
                print(f"[{done}/{len(todo)}] {seconds:.0f} s", file=sys.stderr, flush=True)


def _begin() -> None:
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    checking.SHRINK_UNTIL = 0.0  # a shorter sequence fails in the same way, and takes time to find
    checking.PATIENCE, world.WATCHDOG_SECONDS = PATIENT  # no proof depends on how busy the machine is
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - what answers print is nobody's business


def main() -> int:
    """Prove, print and write; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="only exercises with this in their id")
    parser.add_argument("--seeds", type=int, default=5, help="of mutants (default: 5)")
    parser.add_argument("--solution-seeds", type=int, default=20, help="of solutions (default: 20)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--required", action="store_true", help="prove, and make no matrix")
    parser.add_argument("--page", action="store_true", help="with --required: write the pages all the same")
    parser.add_argument("--new", action="store_true", help="only wrong answers that have no row in the page")
    parser.add_argument("--sample", type=int, metavar="N", help="so many of the wrong answers (default: all)")
    options = parser.parse_args()
    todo = tasks(options.only, options.seeds, options.solution_seeds, not options.required)
    before: dict[str, dict[str, dict[str, str]]] = {}
    if options.new:
        text = PAGE.read_text("utf-8")
        before = {exercise: marks_in(text, exercise) for exercise in ALL if options.only in exercise}
        todo = [it for it in todo if it.kind == "mutants" and it.name not in before[it.exercise]]
    proofs = prove(sampled(todo, options.sample), options.jobs)
    tables = [matrix(exercise, proofs, before.get(exercise)) for exercise in ALL if options.only in exercise]
    if options.page or not options.required:
        print("\n\n".join(map(repr, tables)))
        _keep(tables)
    problems = [f"{p.exercise} {p.name}: {problem}".strip() for p in proofs for problem in p.problems]
    wrong = counted(sum(map(len, tables)), "wrong answer")
    slowest = sorted(proofs, key=lambda proof: -proof.seconds)[:8]
    costs = [f"{proof.exercise} {proof.name} {proof.seconds:.1f}".strip() for proof in slowest]
    print(
        f"processor seconds: {sum(p.seconds for p in proofs):.0f}; most: {', '.join(costs)}", file=sys.stderr
    )
    print("\n".join(problems) or f"{wrong} caught in {counted(len(tables), 'exercise')}; right ones pass")
    return 1 if problems else 0


def _keep(tables: Sequence[Table]) -> None:
    target = ROOT / "build" / "mutants.html"
    target.parent.mkdir(exist_ok=True)
    target.write_text(html(tables), "utf-8")
    put_into_page(tables)


def put_into_page(tables: Sequence[Table]) -> None:
    """Put tables into the page; the others stay."""
    before = PAGE.read_text("utf-8") if PAGE.exists() else ""
    PAGE.write_text(page(tables, before), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
