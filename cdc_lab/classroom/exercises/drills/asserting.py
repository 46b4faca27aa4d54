"""What a test says when it fails: pytest's rewriting of ``assert`` is not there to show the values."""

from __future__ import annotations

import ast
import inspect
import textwrap
from types import FrameType, TracebackType
from typing import Any

from cdc_lab.classroom.exercises.values import shown
from cdc_lab.show.expect import summary


def told(error: BaseException) -> str:
    """An error in one line; of an ``assert`` without a message its source, and the values it compares.

    The values are computed again, and told when they still fail the comparison.

    Parameters
    ----------
    error : BaseException
        As it was caught: its traceback says where the ``assert`` stands.
    """
    line = summary(error)
    if not isinstance(error, AssertionError) or error.args or error.__traceback__ is None:
        return line
    last = _last(error.__traceback__)
    statement = _statement(last.tb_frame, last.tb_lineno)
    if statement is None:
        return line
    source = " ".join(ast.unparse(statement).split())
    return f"{line}: {source}{_sides(statement.test, last.tb_frame)}"


def _last(traceback: TracebackType) -> TracebackType:
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback


def _statement(frame: FrameType, line: int) -> ast.Assert | None:
    """The ``assert`` that holds a line of the code that a frame runs."""
    try:
        lines, first = inspect.getsourcelines(frame.f_code)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, SyntaxError):
        return None  # its source is nowhere, or is a part of a line
    line -= max(first, 1) - 1
    asserts = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    return next((it for it in asserts if it.lineno <= line <= (it.end_lineno or it.lineno)), None)


def _sides(test: ast.expr, frame: FrameType) -> str:
    """Both values of a comparison, computed again; empty where that is not what failed."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return ""
    names: dict[str, Any] = {**frame.f_globals, **frame.f_locals}
    again = ast.Compare(ast.Name("left", ast.Load()), test.ops, [ast.Name("right", ast.Load())])
    try:
        values = {"left": _value(test.left, names), "right": _value(test.comparators[0], names)}
        if _value(again, dict(values)):
            return ""  # what it calls gives something else the second time
    except Exception:  # a second look may fail: a table is there already, an iterator is at its end
        return ""
    return f" (left {shown(values['left'])}, right {shown(values['right'])})"


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    expression = ast.fix_missing_locations(ast.Expression(node))
    return eval(compile(expression, "<assert>", "eval"), names)
