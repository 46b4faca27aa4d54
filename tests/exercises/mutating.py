"""Wrong answers by machine: small changes of right ones, made over their syntax trees.

``python -m tests.exercises.mutating --only exercise_1`` makes them, from the solution, from the ``given``
answer and from each alternative, lets the checks examine a sample, and prints what passes. What passes must
stand in ``survivors.toml`` with the reason why it is as right as what it was made from; all else needs a
scenario. The counts go into ``kill_matrix.md``.

The tools that PyPI has change files and run test suites; they leave no call out, swap no statements, and
remove no arguments, which are the mistakes of stream handlers.
"""

from __future__ import annotations

import argparse
import ast
import random
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cdc_lab.classroom.exercises import EXERCISES, find
from cdc_lab.classroom.exercises.checking import CheckError, examine
from cdc_lab.classroom.exercises.exercise import Exercise
from cdc_lab.show.tables import Table
from tests.exercises.cells import run, sources
from tests.exercises.loading import GIVEN, names, parts_in, parts_of, written
from tests.exercises.matrix import BY_MACHINE, in_processes, put_into_page
from tests.tested_notebooks import NOTEBOOKS

SAMPLE, SEEDS = 60, (1, 2, 3)
SURVIVORS = Path(__file__).with_name("survivors.toml")
_TURNED = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.Return, ast.Raise, ast.If, ast.For, ast.With, ast.Try)


@dataclass(frozen=True)
class Mutant:
    """A right answer with one small change.

    Attributes
    ----------
    exercise, origin : str
        What it was made from: ``solution``, ``given``, or the name of an alternative.
    kind : str
        Of change.
    says : str
        The line that was changed, and what became of it: it names the mutant in ``survivors.toml``.
    right : tuple of str
        The cells of the right answer.
    place, number : int
        Which cell is changed, and which of its changes is made.
    """

    exercise: str
    origin: str
    kind: str
    says: str
    right: tuple[str, ...]
    place: int
    number: int

    @property
    def name(self) -> str:
        """As ``survivors.toml`` knows it."""
        return f"{self.origin}: {self.kind}: {self.says}"

    @property
    def cells(self) -> list[str]:
        """Its code."""
        tree = ast.parse(self.right[self.place])
        list(changes(tree, _is_data(self.exercise)))[self.number][2]()
        changed = ast.unparse(ast.fix_missing_locations(tree))
        return [*self.right[: self.place], changed, *self.right[self.place + 1 :]]

    def answer(self) -> Any:
        """What it would hand in."""
        return parts_in(self.exercise, run(self.cells))

    def caught_by(self, seeds: Sequence[int] = SEEDS) -> str:
        """The scenario that catches it, or what else does; empty when it passes with all seeds."""
        try:
            wrong = self.answer()
        except Exception as error:  # the changed code does not even run: a reader would see it at once
            return type(error).__name__
        for seed in seeds:
            try:
                verdict = examine(find(self.exercise), wrong, seed)
            except CheckError as error:  # of another form: refused before any scenario
                return type(error).__name__
            if verdict.outcome != "pass":
                return verdict.failure.scenario if verdict.failure else verdict.outcome
        return ""


# ---- changes ------------------------------------------------------------------------------------------

Change = tuple[str, ast.AST, Callable[[], None]]
"""Its kind, the node that is shown, and what makes it."""


def changes(tree: ast.AST, is_data: bool = False) -> Iterator[Change]:
    """Every change that can be made to a tree, each in a tree of its own; of data, in its lists as well."""
    for node in ast.walk(tree):
        if is_data:
            yield from _of_lists(node)
        yield from _of_conditions(node)
        yield from _of_values(node)
        yield from _of_calls(node)
        yield from _of_statements(node)


def _of_conditions(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        test = node.test
        if not isinstance(test, ast.Constant):
            yield "condition turned", test, lambda: _set(node, "test", ast.UnaryOp(ast.Not(), test))
            if not isinstance(node, ast.While):
                yield "condition dropped", test, lambda: _set(node, "test", ast.Constant(True))
    if isinstance(node, ast.comprehension) and node.ifs:
        yield "condition dropped", node.ifs[0], lambda: node.ifs.pop(0)
    if isinstance(node, ast.BoolOp):
        for place, part in enumerate(node.values):
            yield "condition dropped", part, lambda place=place: node.values.pop(place)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _TURNED:
        other = _TURNED[type(node.ops[0])]()
        yield "comparison turned", node, lambda: node.ops.__setitem__(0, other)


def _of_values(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, bool):
            yield "constant", node, lambda: _set(node, "value", not value)
        elif isinstance(value, int):
            yield "constant", node, lambda: _set(node, "value", value + 1)
    if isinstance(node, ast.Dict) and len(node.keys) > 1:
        for place, key in enumerate(node.keys):
            if key is not None:
                yield "entry removed", key, lambda place=place: (node.keys.pop(place), node.values.pop(place))


def _of_lists(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.List) and isinstance(node.ctx, ast.Load):
        for place, entry in enumerate(node.elts):
            yield "entry removed", entry, lambda place=place: node.elts.pop(place)


def _of_calls(node: ast.AST) -> Iterator[Change]:
    for name, value in ast.iter_fields(node):
        # A method that makes something of a value: the value stays.
        if (
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Attribute)
            and not isinstance(node, ast.Expr)
        ):
            inner = value.func.value
            yield "call left out", value, lambda name=name, inner=inner: _set(node, name, inner)
    if isinstance(node, ast.Call):
        for place, keyword in enumerate(node.keywords):
            if keyword.arg is not None:
                yield "argument removed", keyword, lambda place=place: node.keywords.pop(place)


def _of_statements(node: ast.AST) -> Iterator[Change]:
    if (
        isinstance(node, ast.ExceptHandler)
        and node.type
        and "Exception" not in ast.unparse(node.type).split(".")
    ):
        yield "exception widened", node.type, lambda: _set(node, "type", ast.Name("Exception"))
    if not isinstance(
        node, ast.FunctionDef | ast.If | ast.For | ast.While | ast.With | ast.Try | ast.ExceptHandler
    ):
        return
    for field in ("body", "orelse", "finalbody"):
        body: list[ast.stmt] = getattr(node, field, [])
        for place, statement in enumerate(body):
            is_call = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
            if is_call or isinstance(statement, ast.Raise | ast.AugAssign | ast.Continue | ast.Break):
                kind = "call left out" if is_call else "statement left out"
                yield kind, statement, lambda body=body, place=place: body.__setitem__(place, ast.Pass())
            following = body[place + 1] if place + 1 < len(body) else None
            if isinstance(statement, _SIMPLE) and isinstance(following, _SIMPLE):
                yield "statements swapped", statement, lambda body=body, place=place: _swap(body, place)


def _set(node: ast.AST, name: str, value: Any) -> None:
    setattr(node, name, value)


def _swap(body: list[ast.stmt], place: int) -> None:
    body[place : place + 2] = body[place + 1], body[place]


# ---- mutants ------------------------------------------------------------------------------------------


def mutants(exercise: str) -> list[Mutant]:
    """All mutants of the right answers to an exercise."""
    made = []
    for origin, cells in _right(exercise).items():
        reached = _reached(exercise, cells)
        for place, cell in enumerate(cells):
            tree = ast.parse(cell)
            is_given = origin not in ("solution", GIVEN) and place < len(cells) - 1
            if is_given or not ("def " in cell or set(parts_of(exercise)) & _names_in(cell)):
                continue  # of imports and clients nothing is changed, and what is given is changed once
            spared = {id(node) for top in tree.body if not _names(top) & reached for node in ast.walk(top)}
            for number, (kind, node, _) in enumerate(changes(tree, _is_data(exercise))):
                if id(node) in spared:
                    continue
                line = " ".join(ast.unparse(node).split())[:80]
                says = f"line {getattr(node, 'lineno', 0)}, {line}"
                made.append(Mutant(exercise, origin, kind, says, tuple(cells), place, number))
    return made


def _is_data(exercise: str) -> bool:
    """Whether an answer is more than functions."""
    return not isinstance(find(exercise), Exercise)


def sample(exercise: str, count: int = SAMPLE, seed: int = 0) -> list[Mutant]:
    """So many of them, spread over origins and kinds; the same each time for a seed."""
    rng, groups = random.Random(f"{exercise}:{seed}"), {}
    for mutant in mutants(exercise):
        groups.setdefault((mutant.kind, mutant.origin), []).append(mutant)
    for group in groups.values():
        rng.shuffle(group)
    chosen: list[Mutant] = []
    while len(chosen) < count and any(groups.values()):
        for key in sorted(groups):
            chosen += [groups[key].pop()] if groups[key] else []
    return chosen[:count]


@cache
def _right(exercise: str) -> dict[str, list[str]]:
    given = written("mutants", exercise).get(GIVEN)
    before = [given.source] if given else []
    found = {}
    if not _is_data(exercise):  # the solution of another finds its data out, from a run
        solution = sources(NOTEBOOKS / find(exercise).texts.solution)
        found["solution"] = _first_answer(exercise, [cell for cell in solution if _defines(cell)])
    if given and set(parts_of(exercise)) <= _names_in(given.source):
        found[GIVEN] = before
    for name in names("alternatives", exercise):
        found[name] = [*before, written("alternatives", exercise)[name].source]
    return found


def _first_answer(exercise: str, cells: Sequence[str]) -> list[str]:
    """The cells up to the one with which the answer is whole: a variant may follow."""
    missing = set(parts_of(exercise))
    for place, cell in enumerate(cells, start=1):
        missing -= _names_in(cell)
        if not missing:
            return [*cells[:place]]
    raise ValueError(f"the solution of {exercise} defines no {', '.join(sorted(missing))}")


def _defines(cell: str) -> bool:
    """Whether a cell belongs to an answer: it imports, defines and assigns, and tries nothing out."""
    plain = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    return all(isinstance(node, plain) for node in ast.parse(cell).body)


def _names_in(cell: str) -> set[str]:
    """What a cell defines."""
    return set().union(*map(_names, ast.parse(cell).body))


def _names(statement: ast.stmt) -> set[str]:
    """What a statement defines."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}


def _reached(exercise: str, cells: Sequence[str]) -> set[str]:
    """The names that an answer uses, of those that its cells define: what else they show is no part of it."""
    uses: dict[str, set[str]] = {}
    for statement in (statement for cell in cells for statement in ast.parse(cell).body):
        for name in _names(statement):
            used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
            uses[name] = uses.get(name, set()) | used
    todo = parts_of(exercise)
    reached: set[str] = set()
    while todo:
        name = todo.pop()
        todo += uses.get(name, set()) - reached - {name}
        reached.add(name)
    return reached


def survivors() -> dict[str, dict[str, str]]:
    """Why those that pass are right: by exercise, then by name."""
    found: dict[str, dict[str, str]] = tomllib.loads(SURVIVORS.read_text("utf-8"))
    return found


# ---- the page -----------------------------------------------------------------------------------------


def _caught(mutant: Mutant) -> tuple[Mutant, str]:
    return mutant, mutant.caught_by()


def table(exercise: str, found: Sequence[tuple[Mutant, str]]) -> Table:
    """What became of the mutants of an exercise: a row for each kind of change, with those that pass."""
    known, rows = survivors().get(exercise, {}), []
    for kind in sorted({mutant.kind for mutant, _ in found}):
        of_kind = [(mutant, by) for mutant, by in found if mutant.kind == kind]
        passed = sorted(mutant.name for mutant, by in of_kind if not by)
        reasons = "; ".join(f"{name}: {known.get(name, '?')}" for name in passed)
        rows.append([kind, len(of_kind), len(of_kind) - len(passed), reasons])
    caption = f"{exercise}{BY_MACHINE}, {len(found)} changes of right answers, and those that are as right."
    return Table(["change", "made", "caught", "passes, because"], rows, caption, limit=len(rows))


def main() -> int:
    """Make, examine and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="only exercises with this in their id")
    parser.add_argument("--count", type=int, default=SAMPLE, help=f"of an exercise (default: {SAMPLE})")
    parser.add_argument("--seed", type=int, default=0, help="which sample")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    options = parser.parse_args()
    chosen = [exercise for exercise in EXERCISES if options.only in exercise]
    todo = [mutant for exercise in chosen for mutant in sample(exercise, options.count, options.seed)]
    found: list[tuple[Mutant, str]] = []
    for mutant, by in in_processes(_caught, todo, options.jobs):
        found.append((mutant, by))
        print(f"{mutant.exercise} {mutant.name} | {by or 'PASSES'}", file=sys.stderr, flush=True)
    made = [table(exercise, [it for it in found if it[0].exercise == exercise]) for exercise in chosen]
    print("\n\n".join(map(repr, made)))
    put_into_page(made)
    unexplained = [m for m, by in found if not by and m.name not in survivors().get(m.exercise, {})]
    for mutant in unexplained:
        print(f"{mutant.exercise} {mutant.name}: passes, and {SURVIVORS.name} does not say why")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
