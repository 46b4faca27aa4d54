"""A name that is missing because its cell did not run: the commonest error after a kernel was restarted."""

from __future__ import annotations

import dis
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# The words of JupyterLab's menu; a test compares them with its own.
RUN_ABOVE = "Run All Above Selected Cell"


def remedy(error: BaseException, shell: Any) -> str | None:
    """Return what to do about a name that a cell above makes; None for any other error, and any other name.

    Parameters
    ----------
    error : BaseException
        As a cell raised it.
    shell : IPython's shell
        The one that ran the cell. Where its front end tells it neither the notebook nor the cell, as some
        editors do, nothing is known and None is returned.
    """
    name = error.name if type(error) is NameError else None
    if name is None or not any(name in _made_by(source) for source in _above(shell)):
        return None
    return (
        f"A cell above makes {name!r}, and it has not run since the kernel started: choose Run, then "
        f"{RUN_ABOVE}, and run this cell again."
    )


def _above(shell: Any) -> list[str]:
    """The code cells that stand before the one that is running, as the notebook was last saved."""
    try:
        running = shell.get_parent()["metadata"]["cellId"]
        cells = json.loads(_notebook().read_text("utf-8"))["cells"]
        place = [cell.get("id") for cell in cells].index(running)
        return ["".join(cell["source"]) for cell in cells[:place] if cell["cell_type"] == "code"]
    except (AttributeError, KeyError, OSError, TypeError, ValueError):
        return []  # a cell that is not saved yet, or another front end


def _notebook() -> Path:
    # Jupyter tells a kernel which notebook it is for, and starts it in that notebook's folder.
    return Path.cwd() / Path(os.environ["JPY_SESSION_NAME"]).name


def _made_by(source: str) -> Iterator[str]:
    """The names that a cell assigns, imports or defines."""
    try:
        code = compile(source, "<cell>", "exec")
    except (SyntaxError, ValueError):
        return  # a magic, or a line that the reader has not finished
    for step in dis.get_instructions(code):
        if step.opname in ("STORE_NAME", "STORE_GLOBAL"):
            yield step.argval
