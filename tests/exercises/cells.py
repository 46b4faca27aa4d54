"""The code cells of an exercise's notebook, run in this process: tests want the objects that they define.

A notebook is executed in a kernel by `cdc_lab.course.execute`; a learner's, within limits, by
`cdc_lab.course.grading`.
"""

from __future__ import annotations

import json
import linecache
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import CodeType
from typing import Any
from unittest.mock import patch

from cdc_lab.classroom.exercises.learner import learner_version


def sources(path: Path, as_learner: bool = False) -> list[str]:
    """Return the code of a solution's cells, or of those of the learner's notebook made from it."""
    notebook = json.loads(path.read_text("utf-8"))
    cells = (learner_version(notebook) if as_learner else notebook)["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def compiled(source: str, name: str) -> CodeType:
    """Compile a cell as a notebook does: alone, and its source can be found (exercise 5 deploys it)."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    return compile(source, name, "exec", dont_inherit=True)


def run(
    cells: Iterable[str],
    check: Callable[..., Any] = lambda *_: None,
    *,
    given: Mapping[str, Any] | None = None,
    is_enough: Callable[[dict[str, Any]], bool] = lambda names: False,
) -> dict[str, Any]:
    """Run cells in order, and return the names that they define.

    Parameters
    ----------
    cells : iterable of str
        Their code.
    check : callable
        What ``check`` of the classroom is meanwhile; by default it does nothing. Nor does ``hint``.
    given : mapping, optional
        The names that earlier cells have defined.
    is_enough : callable
        Told the names before each cell; the rest is left out when it says so.
    """
    names: dict[str, Any] = {"__name__": "__main__", **(given or {})}
    with patch("cdc_lab.classroom.check", check), patch("cdc_lab.classroom.hint", lambda *_: None):
        for number, source in enumerate(cells, start=1):
            if is_enough(names):
                break
            exec(compiled(source, f"code cell {number}"), names)
    return names
