"""Lessons as a restless reader runs them: every cell twice in a row, every section again from its start."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FIRST, SECOND, AGAIN = "first", "second", "again"
# What an error may say: which cell to run, in a line or two that no traceback surrounds.
_ADVICE = re.compile(r"\brun (?:the|this) (?:cell|section)s?\b", re.IGNORECASE)


def run_again(lesson: Any) -> Any:
    """Return a copy of a lesson in which each cell runs twice, and each section once more when it is through.

    What stands above the first heading of a section is a section, too.
    """
    notebook = nbformat.from_dict({**lesson, "cells": []})
    section: list[Any] = []
    for cell in lesson.cells:
        if cell.cell_type == "markdown" and re.match(r"## ", cell.source):
            _append_all(notebook, section, AGAIN)
            section = []
        if cell.cell_type == "code" and cell.source.strip():
            section.append(cell)
            _append_all(notebook, [cell], FIRST)
            _append_all(notebook, [cell], SECOND)
    _append_all(notebook, section, AGAIN)
    return notebook


def _append_all(notebook: Any, cells: list[Any], run: str) -> None:
    for cell in cells:
        copy = nbformat.from_dict({**cell, "outputs": [], "execution_count": None})
        copy.id = f"{run}-{len(notebook.cells)}"
        notebook.cells.append(copy)


def executed(notebook: Any, folder: Path) -> Any:
    """Run all cells in one kernel, also those behind a cell that fails; return the notebook."""
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    return client.execute()


def complaints(notebook: Any) -> list[str]:
    """Return, for each cell that failed as none may, which run of it failed, its first line, and the error.

    The second of two runs in a row may fail, if the error says in a line or two which cell to run instead.
    What comes after it, and the section as a whole, runs all the same.
    """
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error" and not _is_advice(cell.id, output):
                run, _, _ = cell.id.partition("-")
                found.append(f"{run} run of {cell.source.splitlines()[0]!r}: {_line(output)}")
    return found


def _is_advice(name: str, output: Any) -> bool:
    lines = "\n".join(output.traceback).splitlines()
    return name.startswith(SECOND) and len(lines) <= 2 and bool(_ADVICE.search(lines[-1]))


def _line(output: Any) -> str:
    return f"{output.ename}: {output.evalue}".splitlines()[0]
