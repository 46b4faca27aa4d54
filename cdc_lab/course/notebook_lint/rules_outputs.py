"""Outputs: the same on every machine and at every hour."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from cdc_lab.course.notebook_lint.notebook import Notebook

Problems = Iterator[tuple[int, str, str]]

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


def banned_output(notebook: Notebook) -> Problems:
    """No paths, addresses, tracebacks, colours, timings or warnings."""
    for cell in notebook.code:
        texts = [text for output in cell.outputs for text in output.texts]
        for name, pattern in BANNED.items():
            match = next(filter(None, (re.search(pattern, text) for text in texts)), None)
            if match:
                yield (
                    cell.number,
                    f"the output shows {name}: {match.group()!r}",
                    "show what is the same everywhere",
                )


def error_output(notebook: Notebook) -> Problems:
    """No cell that ended in an error."""
    for cell in notebook.code:
        if any(output.kind == "error" for output in cell.outputs):
            yield (
                cell.number,
                "the cell ended in an error",
                "show an expected one inside `with lab.expect(...)`",
            )


def stderr(notebook: Notebook) -> Problems:
    """Nothing on standard error: it holds warnings, which differ from machine to machine."""
    for cell in notebook.code:
        if any(output.stream == "stderr" for output in cell.outputs):
            yield cell.number, "the cell wrote to standard error", "remove the cause of the warning"


def unordered_output(notebook: Notebook) -> Problems:
    """No set of several values: its order may change with every start of Python."""
    for cell in notebook.code:
        for output in cell.outputs:
            if any(_is_set(text) for text in output.texts):
                yield cell.number, "the output is a set, which has no order", "show sorted(...)"


def _is_set(text: str) -> bool:
    if not text.lstrip().startswith("{"):
        return False
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError):
        return False
    return isinstance(value, set) and len(value) > 1
