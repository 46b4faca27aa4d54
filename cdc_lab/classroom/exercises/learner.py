"""Makes the learner's notebook of an exercise, or of a lesson's drills, from its solution.

In a code cell, what is between ``### solution`` and ``### end of solution`` becomes the stub; or, where
``### given`` stands between them, the lines after that, which are comments there and code here. Cells tagged
``solution-only`` are left out; nothing is executed. Run ``python -m cdc_lab.classroom.exercises.learner`` in
the checkout after a solution was changed.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from cdc_lab.keeping import keep, replace

STUB = 'raise NotAttempted("write the body, then run this cell and the check again")'
_SOLUTION = re.compile(
    r"^( *)### solution\n.*?(?:^ *### given\n(.*?))?^ *### end of solution$", re.DOTALL | re.MULTILINE
)
_ONLY_THERE = "solution-only"


def learner_version(solution: dict[str, Any]) -> dict[str, Any]:
    """Return the learner's version of a solution's notebook, both as parsed JSON of format 4.5."""
    cells = [
        _learner_cell(cell)
        for cell in solution["cells"]
        if _ONLY_THERE not in cell.get("metadata", {}).get("tags", ())
    ]
    return {**solution, "cells": cells}


def to_text(notebook: dict[str, Any]) -> str:
    """A notebook as it is committed."""
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _learner_cell(cell: dict[str, Any]) -> dict[str, Any]:
    if cell["cell_type"] != "code":
        return dict(cell)
    source = _SOLUTION.sub(_stub, "".join(cell["source"]))
    return {**cell, "source": source.splitlines(keepends=True), "outputs": [], "execution_count": None}


def _stub(solution: re.Match[str]) -> str:
    indent, given = solution.groups()
    if given is None:
        return f"{indent}{STUB}"
    return re.sub(r"^( *)# ?", r"\1", given, flags=re.MULTILINE).rstrip("\n")


def write_all(notebooks: Path) -> list[Path]:
    """Write ``exercises/`` from ``solutions/``; return the files written.

    One that is there and differs may hold what somebody typed: it stays beside the new one, as
    ``NAME.mine.ipynb``, and is returned, too.
    """
    written = []
    for path in sorted((notebooks / "solutions").glob("[!.]*.ipynb")):
        target = notebooks / "exercises" / path.name
        target.parent.mkdir(exist_ok=True)
        made = to_text(learner_version(json.loads(path.read_text("utf-8")))).encode()
        if target.exists() and target.read_bytes() != made:
            written.append(keep(target))
        replace(target, made)
        written.append(target)
    return written


if __name__ == "__main__":
    for made in write_all(Path("notebooks")):
        print(made.as_posix())
