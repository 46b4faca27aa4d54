"""An answer without quotes: ``predict("01-noop", answer=b)`` is read as the letter that its reader meant.

To Python such a letter is a variable, and the reader would get a NameError that does not say what to do; or
no error, where a lesson has a variable of that name. In a notebook `install` therefore replaces the letter by
a `BareLetter`, which `predict` answers in one line. Nothing but the answer in a call of ``predict`` changes.
"""

from __future__ import annotations

import ast
import sys


class BareLetter:
    """A letter that was written as an answer without its quotes."""

    def __init__(self, letter: str) -> None:
        self._letter = letter

    def __repr__(self) -> str:
        return self._letter


class _BareLetters(ast.NodeTransformer):
    """Replaces ``answer=b`` in the calls of ``predict`` by ``answer=BareLetter('b')``."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "predict":
            node.args[1:2] = [_marked(argument) for argument in node.args[1:2]]
            for keyword in node.keywords:
                if keyword.arg == "answer":
                    keyword.value = _marked(keyword.value)
        return node


def _marked(answer: ast.expr) -> ast.expr:
    if not isinstance(answer, ast.Name) or len(answer.id) != 1 or not answer.id.isalpha():
        return answer
    # It imports what it needs, so that it neither needs nor takes a name among the reader's own.
    made = ast.parse(f'__import__("{__name__}", fromlist=["*"]).BareLetter("{answer.id}")', mode="eval").body
    for node in ast.walk(made):
        ast.copy_location(node, answer)
    return made


def install() -> None:
    """Watch the cells of the shell that is running, if one is; a second call does nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and not any(isinstance(each, _BareLetters) for each in shell.ast_transformers):
        shell.ast_transformers.append(_BareLetters())
