"""Catches a notebook's answers on their way to ``check``, whatever the notebook has made of that name."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

RECORDER = "__cdc_lab_examine__"


class ChecksCaught(ast.NodeTransformer):
    """Leads each ``check("exercise_1", ...)`` of a cell to the recorder.

    By its text, not by its value: a notebook that has made ``check`` a function of its own is examined too.

    Parameters
    ----------
    knows : callable
        Whether a text is the id of an exercise: the reader's own functions of that name are left alone.
    """

    def __init__(self, knows: Callable[[str], bool]) -> None:
        self._knows = knows

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Replace what is called, keep the arguments."""
        self.generic_visit(node)
        if checked(node) is not None and self._knows(checked(node) or ""):
            name = ast.Name(id=RECORDER, ctx=ast.Load())
            return ast.copy_location(ast.Call(name, node.args, node.keywords), node)
        return node


def checked(node: ast.AST) -> str | None:
    """The id in a call of ``check`` with a text that can be read without running it."""
    if not isinstance(node, ast.Call) or not node.args:
        return None
    called, first = node.func, node.args[0]
    name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
    if name != "check" or not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return None
    return first.value


def checks_in(source: str) -> Iterator[str]:
    """The ids of a cell's checks; none when the cell cannot be parsed, as with magics."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        found = checked(node)
        if found is not None:
            yield found


def may_check(source: str) -> bool:
    """Tell whether a cell may check an answer, also by a name that its text does not show.

    That is a cell with the name ``check``, or with ``x.check(...)`` and an argument. In a cell that cannot be
    parsed the word is enough.
    """
    if "check" not in source:
        return False
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    return any(_is_check(node) for node in ast.walk(tree))


def _is_check(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "check" and bool(node.args or node.keywords)
    return (isinstance(node, ast.Name) and node.id == "check") or (
        isinstance(node, ast.alias) and node.name == "check"
    )


def replaces_check(world: dict[str, Any], recorder: Callable[..., Any]) -> bool:
    """Whether a notebook's names hold another ``check`` than the one that it was given."""
    return "check" in world and world["check"] != recorder
