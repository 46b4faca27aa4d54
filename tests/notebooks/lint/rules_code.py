"""A notebook's code: short cells, short functions, and nothing that waits, hides or reaches out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from statistics import median

from tests.notebooks.lint.cells import (
    Node,
    Problems,
    calls,
    code,
    is_code,
    lines,
    nodes,
    numbered,
    tags,
    tree,
    turns,
)

CELL_LINES = 25
# One cell of a lesson may hold the whole module that a reader deploys. Its first line names the file.
MODULE, MODULE_LINES = "# handler.py", 60
MEDIAN_LINES = 5
FUNCTION_LINES = 15

# What would make a lesson wait, need a click, or talk to something outside.
_BANNED_IMPORTS_TEXT = """
_thread threading multiprocessing concurrent asyncio ipywidgets requests urllib http socket httpx
aiohttp subprocess freezegun moto
"""
BANNED_IMPORTS = frozenset(_BANNED_IMPORTS_TEXT.split())
# Tags and comments that keep nbval from comparing, or papermill from stopping.
WEAKENING_TAGS = ("raises-exception", "nbval-ignore-output", "nbval-skip", "nbval-raises-exception")
WEAKENING_COMMENTS = (
    "NBVAL_IGNORE_OUTPUT",
    "NBVAL_SKIP",
    "NBVAL_RAISES_EXCEPTION",
    "PYTEST_VALIDATE_IGNORE_OUTPUT",
)


def code_length(notebook: Node) -> Problems:
    """No code cell over 25 lines, save one module of up to 60 that begins with ``# handler.py``."""
    modules = [number for number, cell in code(notebook) if cell.source.startswith(MODULE)]
    for number, cell in code(notebook):
        count, most = len(cell.source.splitlines()), MODULE_LINES if number in modules[:1] else CELL_LINES
        if count > most:
            yield number, f"{count} lines of code", f"at most {most}: one idea to a cell"


def code_median(notebook: Node) -> Problems:
    """Half of the code cells have at most 5 lines, those that the reader completes not counted."""
    mine = turns(notebook)
    middle = median([len(lines(cell)) for number, cell in code(notebook) if number not in mine] or [0])
    if middle > MEDIAN_LINES:
        yield (
            0,
            f"the median code cell has {middle:g} lines",
            f"at most {MEDIAN_LINES}: divide cells, move code out",
        )


def syntax(notebook: Node) -> Problems:
    """Code cells are Python."""
    for number, cell in code(notebook):
        if tree(cell) is None:
            yield number, "the code is not Python", "correct it: no rule can see into it"


def function_length(notebook: Node) -> Problems:
    """No function over 15 lines: it moves to the package and gets a test."""
    for number, cell in code(notebook):
        for node in nodes(cell):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                count = (node.end_lineno or node.lineno) - node.lineno + 1
                if count > FUNCTION_LINES:
                    problem = f"{node.name}() has {count} lines"
                    yield (
                        number,
                        problem,
                        f"at most {FUNCTION_LINES}: move it to the package, with a test",
                    )


def sleep(notebook: Node) -> Problems:
    """No real waiting: ``time.sleep`` only inside a function, which the lab runs under its own clock."""
    for number, cell in code(notebook):
        inside = {
            call
            for node in nodes(cell)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for call in ast.walk(node)
        }
        for call in calls(cell, "sleep"):
            if call not in inside:
                yield (
                    number,
                    f"`{ast.unparse(call)}` waits for real",
                    "move the lab's clock: lab.clock.advance",
                )


def banned_import(notebook: Node) -> Problems:
    """No threads, no widgets, no network, no other process, and moto stays behind the lab."""
    for number, cell in code(notebook):
        for name in _imports(cell):
            if name.split(".")[0] in BANNED_IMPORTS:
                yield number, f"imports {name}", "no threads, widgets, network or processes in a lesson"


def _imports(cell: Node) -> Iterator[str]:
    for node in nodes(cell):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def banned_magic(notebook: Node) -> Problems:
    """No shell and no timing by the wall clock."""
    for number, cell in code(notebook):
        for line in re.findall(
            r"^\s*(!.*|%+(?:time|timeit|prun|pip|conda|sx|system|bash|sh)\b.*)$", cell.source, re.M
        ):
            yield number, f"`{line.strip()}`", "no shell and no wall-clock timing in a lesson"


def weakened_check(notebook: Node) -> Problems:
    """No tag or comment that lets an error pass or keeps an output from being compared."""
    for number, cell in numbered(notebook):
        marks = [tag for tag in tags(cell) if tag.lower() in WEAKENING_TAGS]
        marks += [mark for mark in WEAKENING_COMMENTS if is_code(cell) and mark in cell.source]
        for mark in marks:
            yield (
                number,
                f"is marked {mark}",
                "show an expected error with lab.expect(...), make the output fixed",
            )
