"""What is in a notebook that was handed in, read without running it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from cdc_lab.course.grading.intercepting import checks_in
from cdc_lab.course.grading.messages import Contents

_LARGEST_NOTEBOOK = 50 * 2**20  # bytes


class Unreadable(Exception):
    """What was handed in cannot be run; the message says why."""


def code_cells(path: Path) -> list[tuple[int, str]]:
    """The code cells of a notebook that hold anything, with their numbers among all cells.

    Raises
    ------
    Unreadable
        It is no notebook, or none that can be read.
    """
    try:
        if path.stat().st_size > _LARGEST_NOTEBOOK:
            raise Unreadable(f"the file is larger than {_LARGEST_NOTEBOOK // 2**20} MB")
        given = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise Unreadable(f"the file cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"no notebook: the file is not valid JSON ({type(error).__name__})") from None
    try:
        found = [
            (number, "".join(cell["source"]))
            for number, cell in enumerate(_cells(given), start=1)
            if cell["cell_type"] == "code"
        ]
    except Exception as error:  # nbformat raises what it meets
        raise Unreadable(
            f"no notebook: its JSON has no cells as a notebook has ({type(error).__name__})"
        ) from None
    if not any(source.strip() for _, source in found):
        raise Unreadable("the notebook has no code")
    return [(number, source) for number, source in found if source.strip()]


def _cells(given: Any) -> Any:
    if given.get("nbformat") == 4 and isinstance(given["cells"], list):
        return given["cells"]  # at once: a class hands in thousands
    import nbformat

    return nbformat.convert(nbformat.from_dict(given), 4).cells


def contents(cells: list[tuple[int, str]]) -> Contents:
    """The digest of the code, which spaces do not change, and the ids that it checks."""
    text = "\n".join(" ".join(source.split()) for _, source in cells)
    named = [name for _, source in cells for name in checks_in(source)]
    return Contents(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(), list(dict.fromkeys(named)))
