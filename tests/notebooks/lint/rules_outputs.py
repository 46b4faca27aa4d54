"""Outputs: the same on every machine and at every hour."""

from __future__ import annotations

import ast
import re

from tests.notebooks.lint.cells import Node, Problems, code, texts

BANNED = {
    "an absolute path": (
        r"(?<![\w/.:<])/(?:home|Users|root|tmp|var|usr|opt|private|mnt|work|workspace)/[\w.]"
        r"|\b[A-Z]:\\\\?\w"
    ),
    "a memory address": r"\b0x[0-9a-fA-F]{6,}\b",
    "a traceback": r"Traceback \(most recent call last\)",
    "terminal colours": r"\x1b\[",
    "a wall-clock timing": r"\b(?:Wall time|CPU times):|\d ?[mµn]?s ± ",
    "a package's warning": r"\b\w+Warning: ",
}


def banned_output(notebook: Node) -> Problems:
    """No paths, addresses, tracebacks, colours, timings or warnings."""
    for number, cell in code(notebook):
        said = [text for output in cell.outputs for text in texts(output)]
        for name, pattern in BANNED.items():
            match = next(filter(None, (re.search(pattern, text) for text in said)), None)
            if match:
                yield (
                    number,
                    f"the output shows {name}: {match.group()!r}",
                    "show what is the same everywhere",
                )


def error_output(notebook: Node) -> Problems:
    """No cell that ended in an error."""
    for number, cell in code(notebook):
        if any(output.output_type == "error" for output in cell.outputs):
            yield (
                number,
                "the cell ended in an error",
                "show an expected one inside `with lab.expect(...)`",
            )


def stderr(notebook: Node) -> Problems:
    """Nothing on standard error: it holds warnings, which differ from machine to machine."""
    for number, cell in code(notebook):
        if any(output.get("name") == "stderr" for output in cell.outputs):
            yield number, "the cell wrote to standard error", "remove the cause of the warning"


def unordered_output(notebook: Node) -> Problems:
    """No set of several values: its order may change with every start of Python."""
    for number, cell in code(notebook):
        for output in cell.outputs:
            if any(_is_set(text) for text in texts(output)):
                yield number, "the output is a set, which has no order", "show sorted(...)"


def _is_set(text: str) -> bool:
    if not text.lstrip().startswith("{"):
        return False
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError):
        return False
    return isinstance(value, set) and len(value) > 1
