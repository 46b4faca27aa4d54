"""Ids of misconceptions in code: those that an exercise's texts do not have are found when it is imported.

A diagnosis is a function that returns the id of a misconception, and says so: ``-> MisconceptionId``. In a
task whose answer is data, the kind of each `Difference` is such an id. Which texts can come out there is read
from the source: a diagnosis that is seldom reached would show its misprint to a reader first.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

MisconceptionId = str
"""The id of a misconception, as the TOML files have it; empty where none fits."""

_MARK = "MisconceptionId"
_HOME = __name__.rpartition(".")[0]
_SHARED = ("diagnosis", "drills.spotting", "drills.choosing")


def require_known(task_id: str, known: Mapping[str, object], kinds_are_ids: bool) -> None:
    """Refuse a task whose code names a misconception that its texts do not have.

    Parameters
    ----------
    task_id : str
        ``exercise_1``: the modules of that name are looked at, and those that they share with others.
    known : mapping
        The misconceptions by id.
    kinds_are_ids : bool
        Whether the kind of a `Difference` is the id of a misconception.

    Raises
    ------
    ValueError
        In one line: where, and which id.
    """
    for where, name in named_in(task_id, kinds_are_ids):
        if name not in known:
            raise ValueError(f"{where}: {task_id} has no misconception {name!r}")


def named_in(task_id: str, kinds_are_ids: bool) -> Iterator[tuple[str, str]]:
    """Where the code of a task names a misconception (file and line), and which."""
    for module in _modules_of(task_id):
        is_own = module.__name__.rpartition(".")[2] != "diagnosis"
        file = Path(module.__file__ or module.__name__)
        for line, name in _named_in_module(module, kinds_are_ids and is_own):
            yield f"{file.parent.name}/{file.name}, line {line}", name


def _modules_of(task_id: str) -> list[ModuleType]:
    own = [f"{_HOME}.{task_id}", f"{_HOME}.drills.{task_id}"]
    is_of_drill = own[1] in sys.modules
    shared = [f"{_HOME}.{name}" for name in _SHARED if is_of_drill or not name.startswith("drills.")]
    found = [name for name in sys.modules if name in own or name.startswith(f"{own[0]}.")]
    return [sys.modules[name] for name in [*found, *shared] if found and name in sys.modules]


def _named_in_module(module: ModuleType, kinds_are_ids: bool) -> list[tuple[int, str]]:
    try:
        tree = ast.parse(inspect.getsource(module))
    except (OSError, TypeError):
        return []  # its source is nowhere: the tests have looked at it
    return list(_Reader(module, tree, kinds_are_ids).ids())


class _Reader:
    """Finds the texts that can come out where an id of a misconception is wanted."""

    def __init__(self, module: ModuleType, tree: ast.Module, kinds_are_ids: bool) -> None:
        self._module = module
        self._tree = tree
        self._kinds_are_ids = kinds_are_ids
        self._tables = _assigned(tree.body)

    def ids(self) -> Iterator[tuple[int, str]]:
        """Line and text of each."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.AnnAssign) and node.value is not None:
                yield from self._of_table(node.annotation, node.value)
            if isinstance(node, ast.FunctionDef):
                yield from self._of_function(node)
        yield from self._of_calls(self._tree, {})

    def _of_function(self, function: ast.FunctionDef) -> Iterator[tuple[int, str]]:
        inside = list(ast.walk(function))
        names = _assigned(inside)
        if function.returns is not None and _is_marked(function.returns):
            for node in inside:
                if isinstance(node, ast.Return) and node.value is not None:
                    yield from self._texts(node.value, names)
        yield from self._of_calls(function, names)

    def _of_table(self, annotation: ast.expr, value: ast.expr | None) -> Iterator[tuple[int, str]]:
        """Of a table whose annotation says where in it the ids stand."""
        if not _is_marked(annotation):
            return
        inner = annotation.slice if isinstance(annotation, ast.Subscript) else None
        arguments = inner.elts if isinstance(inner, ast.Tuple) else []
        if isinstance(value, ast.Dict):
            of_key, of_value = arguments
            for key, entry in zip(value.keys, value.values, strict=True):
                yield from self._of_table(of_key, key)
                yield from self._of_table(of_value, entry)
        elif isinstance(value, ast.Tuple):
            is_open = isinstance(arguments[-1], ast.Constant)  # tuple[X, ...]
            of_entries = arguments[:1] * len(value.elts) if is_open else arguments
            for of_entry, entry in zip(of_entries, value.elts, strict=True):
                yield from self._of_table(of_entry, entry)
        else:
            yield from self._texts(value, {})

    def _of_calls(self, scope: ast.AST, names: dict[str, list[ast.expr]]) -> Iterator[tuple[int, str]]:
        for node in ast.walk(scope):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                for place in self._wanted(node.func.id):
                    if place < len(node.args):
                        yield from self._texts(node.args[place], names)

    def _wanted(self, name: str) -> list[int]:
        """At which places a function of the module takes an id."""
        if name == "Difference":
            return [0] if self._kinds_are_ids else []
        function = getattr(self._module, name, None)
        if isinstance(function, type):
            function = vars(function).get("__init__")
        annotations = getattr(function, "__annotations__", {})
        given = [it for it in annotations if it != "return"]  # self has none
        return [place for place, it in enumerate(given) if annotations[it] == _MARK]

    def _texts(self, node: ast.expr | None, names: dict[str, list[ast.expr]]) -> Iterator[tuple[int, str]]:
        """The texts that an expression can become, as far as they stand there."""
        parts: list[ast.expr] = []
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
            yield node.lineno, node.value
        elif isinstance(node, ast.IfExp):
            parts = [node.body, node.orelse]
        elif isinstance(node, ast.BoolOp | ast.Dict):
            parts = node.values
        elif isinstance(node, ast.Tuple | ast.List):
            parts = node.elts
        elif isinstance(node, ast.Lambda):
            parts = [node.body]
        elif isinstance(node, ast.Subscript):
            parts = [node.value]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            parts = [node.func.value, *node.args[1:]]
        elif isinstance(node, ast.Name):
            # What a name stands for is followed once: a name that is made of itself would never end.
            found = names.get(node.id) or self._tables.get(node.id, [])
            names, parts = {**names, node.id: []}, found if node.id not in names or names[node.id] else []
        for part in parts:
            yield from self._texts(part, names)


@cache
def _mark_of(annotation: str) -> bool:
    return any(isinstance(it, ast.Name) and it.id == _MARK for it in ast.walk(ast.parse(annotation)))


def _is_marked(annotation: ast.expr) -> bool:
    return _mark_of(ast.unparse(annotation))


def _assigned(statements: list[ast.stmt] | list[ast.AST]) -> dict[str, list[ast.expr]]:
    """What is assigned to each name."""
    found: dict[str, list[ast.expr]] = {}
    for node in statements:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name):
                found.setdefault(target.id, []).append(value)
    return found
